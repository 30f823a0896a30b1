"""The calls that send messages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from recado.evolution.commands.base import Command, Timing
from recado.evolution.message_id import Namer
from recado.evolution.number import chat_of, recipient_of
from recado.evolution.replies import SentMessage

MAX_DELAY_MS = 60_000
"""The gateway holds the call open for the whole delay and caps nothing itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The message that is replied to, and its author's full JID."""

    message_id: str
    participant: str

    def body(self) -> dict[str, Any]:
        """Return it as the gateway wants it."""
        return {"messageId": self.message_id, "participant": self.participant}


class SendOptions(TypedDict, total=False):
    """What every send can be told besides its content."""

    id: str
    """A message id of your own; the same id is shown once."""
    idempotency_key: str
    """A key of your own to make the id from, such as ``"order-17-paid"``."""
    delay: int
    """Milliseconds of "typing…" before it goes out, up to 60,000."""
    mentioned_jid: Sequence[str]
    """Full JIDs to mention; only in groups."""
    mention_all: bool
    """Mention everybody; only in groups."""
    format_jid: bool
    """False takes ``number`` as it stands, unchecked."""
    quoted: Quoted
    """The message this one replies to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendText(Command[SentMessage]):
    """Send a text. ``delay`` is milliseconds. With an ``id`` it is safe to repeat.

    Raises ValueError for what the gateway could only refuse.
    """

    method = "POST"
    path = "/send/text"
    timing = Timing.SEND_RETRYING

    number: str
    text: str
    id: str | None = None
    delay: int | None = None
    mentioned_jid: Sequence[str] = ()
    mention_all: bool | None = None
    format_jid: bool | None = None
    quoted: Quoted | None = None

    def __post_init__(self) -> None:
        if not self.text:
            raise ValueError("text must not be empty")
        _ = self.chat  # refuses nonsense
        if not 0 <= (self.delay or 0) <= MAX_DELAY_MS:
            raise ValueError(
                f"delay is {self.delay}; it must be from 0 to {MAX_DELAY_MS} "
                "milliseconds. Schedule later messages yourself"
            )

    @property
    def chat(self) -> str:
        """The JID of the chat it goes to; part of the id made from a key."""
        return chat_as_given(self.number, format_jid=self.format_jid)

    @property
    def repeatable(self) -> bool:
        """See ``Command``."""
        return bool(self.id)

    @property
    def delay_seconds(self) -> float:
        """See ``Command``."""
        return (self.delay or 0) / 1000

    def body(self) -> dict[str, Any]:
        """See ``Command``."""
        as_given = self.format_jid is False
        fields = {
            "number": self.number if as_given else recipient_of(self.number),
            "text": self.text,
            "id": self.id or None,
            "delay": self.delay,
            "mentionedJid": list(self.mentioned_jid) or None,
            "mentionAll": self.mention_all,
            "formatJid": self.format_jid,
            "quoted": self.quoted.body() if self.quoted else None,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def read(self, data: Any) -> SentMessage:
        """See ``Command``."""
        return SentMessage.read(data)


def chat_as_given(number: str, *, format_jid: bool | None) -> str:
    """Return the chat's JID; with ``format_jid`` False, the number as it stands.

    Raises:
        ValueError: There is no such chat.
    """
    if format_jid is not False:
        return chat_of(number)
    if not number:
        raise ValueError("number must not be empty")
    return number


def named_text(
    number: str, text: str, options: SendOptions, *, namer: Namer
) -> SendText:
    """Return the send of a text with its id: made here once, kept over all attempts.

    Raises:
        ValueError: A field cannot be right; the message says which and why.
    """
    fields: dict[str, Any] = dict(options)
    own, key = fields.pop("id", None), fields.pop("idempotency_key", None)
    command = SendText(number=number, text=text, **fields)
    return replace(command, id=namer.name(command.chat, id=own, idempotency_key=key))
