"""What the routes about people answer."""

from dataclasses import dataclass, field
from typing import Any, Self

from recado.evolution.replies.fields import an_object, text, texts, truth


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCheck:
    """Whether a number is on WhatsApp. ``jid`` is where to send to, when it is."""

    query: str
    on_whatsapp: bool
    jid: str
    lid: str
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Return one entry of the route's ``data.Users``."""
        return cls(
            query=text(told, "Query"),
            on_whatsapp=truth(told, "IsInWhatsapp"),
            jid=text(told, "RemoteJID") or text(told, "JID"),
            lid=text(told, "LID"),
            raw=told,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """What WhatsApp tells of a person. ``status`` is the "about" text."""

    jid: str
    status: str
    picture_id: str
    lid: str
    devices: tuple[str, ...]
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, jid: str, data: Any) -> Self:
        """Return one entry of the route's ``data.Users``.

        Raises:
            TypeError: It is not what the route answers.
        """
        told = an_object(data)
        return cls(
            jid=jid,
            status=text(told, "Status"),
            picture_id=text(told, "PictureID"),
            lid=text(told, "LID"),
            devices=texts(told, "Devices"),
            raw=told,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Avatar:
    """Where a profile picture can be fetched; ``type`` is image or preview."""

    url: str
    id: str
    type: str

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the picture that the route's ``data`` tells of.

        Raises:
            TypeError: It is not what the route answers.
        """
        told = an_object(data)
        return cls(url=text(told, "url"), id=text(told, "id"), type=text(told, "type"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person the instance knows, from the server's own store."""

    jid: str
    full_name: str
    first_name: str
    push_name: str
    business_name: str
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Return one entry of the route's list."""
        return cls(
            jid=text(told, "Jid"),
            full_name=text(told, "FullName"),
            first_name=text(told, "FirstName"),
            push_name=text(told, "PushName"),
            business_name=text(told, "BusinessName"),
            raw=told,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """Who may see and do what.

    The first four are ``all``, ``contacts``, ``contact_blacklist`` or ``none``,
    ``read_receipts`` is ``all`` or ``none``, ``call_add`` ``all`` or ``known`` and
    ``online`` ``all`` or ``match_last_seen``.
    """

    group_add: str
    last_seen: str
    status: str
    profile: str
    read_receipts: str
    call_add: str
    online: str

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the settings that the route's ``data`` tells.

        Raises:
            TypeError: It is not what the route answers.
        """
        told = an_object(data)
        return cls(
            group_add=text(told, "GroupAdd"),
            last_seen=text(told, "LastSeen"),
            status=text(told, "Status"),
            profile=text(told, "Profile"),
            read_receipts=text(told, "ReadReceipts"),
            call_add=text(told, "CallAdd"),
            online=text(told, "Online"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedContacts:
    """The JIDs that are blocked now. ``dhash`` is WhatsApp's mark of this list."""

    jids: tuple[str, ...]
    dhash: str

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the list that the route's ``data`` holds.

        Raises:
            TypeError: It is not what the route answers.
        """
        told = an_object(data)
        return cls(jids=texts(told, "JIDs"), dhash=text(told, "DHash"))
