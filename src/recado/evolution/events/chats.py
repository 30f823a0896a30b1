"""Events about people and chats: presence, contacts, labels, groups, channels."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from recado.evolution.events.event import Event, Head
from recado.evolution.events.people import people
from recado.evolution.replies.fields import integer, moment, texts, truth
from recado.wire import part_at, text_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence(Event):
    """A person came online or went; ``last_seen`` is None while it is not told."""

    jid: str
    is_online: bool
    last_seen: datetime | None

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(
            **head,
            jid=text_at(data, "From"),
            is_online=not truth(data, "Unavailable"),
            last_seen=moment(data, "LastSeen"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPresence(Event):
    """Somebody writes (``composing``), records, or stopped (``paused``)."""

    chat: str
    sender: str
    activity: str
    is_recording: bool

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        chat, sender = people(data)
        return cls(
            **head,
            chat=chat,
            sender=sender,
            activity=text_at(data, "State"),
            is_recording=text_at(data, "Media") == "audio",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Event):
    """The account's address book changed."""

    jid: str
    full_name: str
    first_name: str
    timestamp: datetime | None

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        action = part_at(data, "Action")
        return cls(
            **head,
            jid=text_at(data, "JID"),
            full_name=text_at(action, "fullName"),
            first_name=text_at(action, "firstName"),
            timestamp=moment(data, "Timestamp"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PushName(Event):
    """A person's own name changed; ``message_id`` is of the message that brought it."""

    jid: str
    old_name: str
    new_name: str
    message_id: str

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(
            **head,
            jid=text_at(data, "JID"),
            old_name=text_at(data, "OldPushName"),
            new_name=text_at(data, "NewPushName"),
            message_id=text_at(part_at(data, "Message"), "ID"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEdit(Event):
    """A label was made, changed or deleted. ``color`` is WhatsApp's number for it."""

    label_id: str
    name: str
    color: int
    is_deleted: bool
    timestamp: datetime | None

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        action = part_at(data, "Action")
        return cls(
            **head,
            label_id=text_at(data, "LabelID"),
            name=text_at(action, "name"),
            color=integer(action, "color"),
            is_deleted=truth(action, "deleted"),
            timestamp=moment(data, "Timestamp"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAssociation(Event):
    """A label was put on something in a chat, or taken off (``is_labeled`` false)."""

    label_id: str
    chat: str
    is_labeled: bool
    timestamp: datetime | None
    message_id: str = ""

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(
            **head,
            label_id=text_at(data, "LabelID"),
            chat=text_at(data, "JID"),
            is_labeled=truth(part_at(data, "Action"), "labeled"),
            timestamp=moment(data, "Timestamp"),
            message_id=text_at(data, "MessageID"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAssociationChat(LabelAssociation):
    """A label was put on a chat, or taken off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAssociationMessage(LabelAssociation):
    """A label was put on a message, or taken off; ``message_id`` says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInfo(Event):
    """A group changed. Only what changed is filled in.

    ``name`` and ``topic`` are None when they stayed. Who ``joined``, ``left``, was
    ``promoted`` or ``demoted`` is given by JID.
    """

    group: str
    sender: str
    timestamp: datetime | None
    name: str | None = None
    topic: str | None = None
    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    promoted: tuple[str, ...] = ()
    demoted: tuple[str, ...] = ()

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        group, sender = people(data)
        return cls(
            **head,
            group=group,
            sender=sender,
            timestamp=moment(data, "Timestamp"),
            name=_new_text(data, "Name"),
            topic=_new_text(data, "Topic"),
            joined=texts(data, "Join"),
            left=texts(data, "Leave"),
            promoted=texts(data, "Promote"),
            demoted=texts(data, "Demote"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedGroup(Event):
    """The account is now in a group. ``participants`` are JIDs, its own too."""

    group: str
    name: str
    topic: str
    sender: str
    participants: tuple[str, ...]

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        group, sender = people(data)
        members = data.get("Participants")
        return cls(
            **head,
            group=group,
            name=text_at(data, "Name"),
            topic=text_at(data, "Topic"),
            sender=sender,
            participants=tuple(
                text_at(each, "JID")
                for each in (members if isinstance(members, list) else [])
                if isinstance(each, dict)
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterJoin(Event):
    """The account follows a channel now."""

    newsletter: str
    name: str

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        about = part_at(data, "thread_metadata")
        return cls(
            **head,
            newsletter=text_at(data, "id"),
            name=text_at(part_at(about, "name"), "text"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterLeave(Event):
    """The account follows a channel no more."""

    newsletter: str
    role: str

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(**head, newsletter=text_at(data, "id"), role=text_at(data, "role"))


def _new_text(data: dict[str, Any], name: str) -> str | None:
    # a change is an object that holds the new text under the same name
    change = data.get(name)
    return text_at(change, name) if isinstance(change, dict) else None
