"""Events about messages: those that came, those that went, and their receipts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from recado.evolution.events.content import opened, text_of
from recado.evolution.events.event import Event, Head
from recado.evolution.events.people import people
from recado.evolution.replies.fields import integer, moment, texts, truth
from recado.wire import part_at, text_at

_REVOKE, _EDIT = 0, 14
_MEDIA = {
    "imageMessage": "image",
    "videoMessage": "video",
    "ptvMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "stickerMessage": "sticker",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """The file of a message. ``size`` is bytes, 0 when unknown.

    ``kind`` is ``image``, ``video``, ``audio``, ``document`` or ``sticker``. The
    gateway puts the file itself into ``base64``, or where it lies into ``url``, or
    neither: then ask for it with ``content``, which is what it wants to have back.
    """

    kind: str
    mimetype: str
    filename: str
    size: int
    base64: str = field(repr=False)
    url: str
    content: dict[str, Any] = field(repr=False)

    @classmethod
    def find(cls, message: dict[str, Any]) -> Self | None:
        """Return the file of a message's content, None when it has none."""
        inside = opened(message)
        for name, kind in _MEDIA.items():
            if name in inside:
                part = part_at(inside, name)
                return cls(
                    kind=kind,
                    mimetype=text_at(message, "mimetype") or text_at(part, "mimetype"),
                    filename=text_at(part, "fileName"),
                    size=integer(part, "fileLength"),
                    base64=text_at(message, "base64"),
                    url=text_at(message, "mediaUrl"),
                    content={name: part},
                )
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Event):
    """A message that came in, or that the account's owner wrote on another device.

    Drop those with ``is_from_me``, or your bot answers its owner. ``id`` is unique in
    its chat and for its sender only. At most one of ``edits``, ``revokes`` and
    ``reacts_to`` is the id of another message: of the one this changes, takes back, or
    puts ``reaction`` on ("" takes a reaction away). ``is_unavailable`` is a message to
    be seen once, before its content came.
    """

    id: str
    chat: str
    sender: str
    text: str
    is_from_me: bool
    is_group: bool
    push_name: str
    timestamp: datetime | None
    media: Media | None = None
    quoted_id: str = ""
    mentioned: tuple[str, ...] = ()
    edits: str = ""
    revokes: str = ""
    reacts_to: str = ""
    reaction: str = ""
    is_unavailable: bool = False

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        content, info = part_at(data, "Message"), part_at(data, "Info")
        chat, sender = people(data)
        return cls(
            **head,
            id=text_at(info, "ID"),
            chat=chat,
            sender=sender,
            text=text_of(content),
            is_from_me=truth(info, "IsFromMe"),
            is_group=truth(info, "IsGroup"),
            push_name=text_at(info, "PushName"),
            timestamp=moment(info, "Timestamp"),
            media=Media.find(content),
            quoted_id=text_at(part_at(data, "quoted"), "stanzaID"),
            mentioned=texts(_context(opened(content)), "mentionedJID"),
            is_unavailable=truth(data, "IsUnavailable"),
            **_targets(opened(content)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(Event):
    """A message that went out through the gateway's API.

    ``id`` is the caller's own where one was given: it settles a call whose answer was
    lost.
    """

    id: str
    chat: str
    sender: str
    text: str
    timestamp: datetime | None

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        info = part_at(data, "Info")
        chat, sender = people(data)
        return cls(
            **head,
            id=text_at(info, "ID"),
            chat=chat,
            sender=sender,
            text=text_of(part_at(data, "Message")),
            timestamp=moment(info, "Timestamp"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Event):
    """Messages were delivered or read; ``state`` says which.

    It is ``Delivered``, ``Read``, or ``ReadSelf`` for a chat that the account read on
    another device. Match a receipt to a send by ``message_ids`` only: ``chat`` and
    ``sender`` can be hidden numbers.
    """

    message_ids: tuple[str, ...]
    chat: str
    sender: str
    is_from_me: bool
    is_group: bool
    timestamp: datetime | None

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        chat, sender = people(data)
        return cls(
            **head,
            message_ids=texts(data, "MessageIDs"),
            chat=chat,
            sender=sender,
            is_from_me=truth(data, "IsFromMe"),
            is_group=truth(data, "IsGroup"),
            timestamp=moment(data, "Timestamp"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySync(Event):
    """A piece of the account's past, as it comes after pairing.

    ``progress`` is percent. ``conversations`` are WhatsApp's own objects.
    """

    sync_type: int
    chunk_order: int
    progress: int
    conversations: list[Any] = field(repr=False)

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        chunk = part_at(head["data"], "Data")
        found = chunk.get("conversations")
        return cls(
            **head,
            sync_type=integer(chunk, "syncType"),
            chunk_order=integer(chunk, "chunkOrder"),
            progress=integer(chunk, "progress"),
            conversations=found if isinstance(found, list) else [],
        )


def _context(content: dict[str, Any]) -> dict[str, Any]:
    """Return what a message says of others: mentions, what it replies to."""
    for part in content.values():
        if isinstance(part, dict) and "contextInfo" in part:
            return part_at(part, "contextInfo")
    return {}


def _targets(content: dict[str, Any]) -> dict[str, Any]:
    reaction = part_at(content, "reactionMessage")
    if reaction:
        target = text_at(part_at(reaction, "key"), "ID")
        return {"reacts_to": target, "reaction": text_at(reaction, "text")}
    protocol = part_at(content, "protocolMessage")
    target = text_at(part_at(protocol, "key"), "ID")
    if not target:
        return {}
    # of an enum's first value, 0, some encodings leave the field out
    kind = integer(protocol, "type")
    names = {_EDIT: "edits", _REVOKE: "revokes"}
    return {names[kind]: target} if kind in names else {}
