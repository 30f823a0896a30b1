"""What all sends share: to whom, when, and under which name."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypedDict

from recado.evolution.commands.base import Command, without_none
from recado.evolution.message_id import Namer, fresh_id
from recado.evolution.number import chat_of, recipient_of
from recado.evolution.replies.messages import SentMessage

MAX_DELAY_MS = 60_000
"""The gateway holds the call open for the whole delay and caps nothing itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The message that is replied to, and its author: a JID, or a phone number."""

    message_id: str
    participant: str

    def __post_init__(self) -> None:
        if not self.message_id:
            raise ValueError("quoted must name a message: message_id is empty")
        chat_of(self.participant)  # refuses nonsense

    def body(self) -> dict[str, Any]:
        """Return it as the gateway wants it."""
        return {
            "messageId": self.message_id,
            "participant": chat_of(self.participant),
        }


class UnnamedSendOptions(TypedDict, total=False):
    """What even a send without an id can be told besides its content."""

    delay: int
    """Milliseconds of "typing…" before it goes out, up to 60,000."""
    format_jid: bool
    """False takes ``number`` as it stands, unchecked."""
    quoted: Quoted
    """The message this one replies to."""


class SendOptions(UnnamedSendOptions, total=False):
    """What a send can be told besides its content."""

    id: str
    """A message id of your own; the same id is shown once."""
    idempotency_key: str
    """A key of your own to make the id from, such as ``"order-17-paid"``."""
    mentioned_jid: Sequence[str]
    """Whom to mention, as JIDs or phone numbers; only in groups."""
    mention_all: bool
    """Mention everybody; only in groups."""


def named(options: SendOptions, namer: Namer) -> SendOptions:
    """Return the options with a fresh id put into them, unless they bring a name.

    A send that has its id when it is made need not be made a second time with it.
    """
    if "id" not in options and "idempotency_key" not in options:
        options["id"] = fresh_id(namer.token)
    return options


@dataclass(frozen=True, slots=True, kw_only=True)
class Send(Command[SentMessage]):
    """A send that cannot be named: it is never repeated unless nothing was sent.

    ``delay`` is milliseconds. Raises ValueError for what the gateway could only
    refuse.
    """

    method = "POST"

    number: str
    delay: int | None = None
    format_jid: bool | None = None
    quoted: Quoted | None = None

    def __post_init__(self) -> None:
        self.check()
        if self.format_jid is not False:
            chat_of(self.number)  # refuses nonsense
        elif not self.number:
            raise ValueError("number must not be empty")
        if self.delay is not None and not 0 <= self.delay <= MAX_DELAY_MS:
            raise ValueError(
                f"delay is {self.delay}; it must be from 0 to {MAX_DELAY_MS} "
                "milliseconds. Schedule later messages yourself"
            )

    @abstractmethod
    def check(self) -> None:
        """Refuse content that cannot be sent.

        Raises:
            ValueError: Says what is wrong and what belongs there.
        """

    @abstractmethod
    def content(self) -> dict[str, Any]:
        """Return the body's own fields; None leaves one out."""

    @property
    def chat(self) -> str:
        """The JID of the chat it goes to; part of the id made from a key."""
        return self.number if self.format_jid is False else chat_of(self.number)

    @property
    def recipient(self) -> str:
        """The number as it is sent."""
        return self.number if self.format_jid is False else recipient_of(self.number)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return self.shared()

    def shared(self) -> dict[str, Any]:
        """Return what the bodies of all sends have, as far as it was given."""
        fields = self.content()
        if None in fields.values():
            fields = without_none(fields)
        fields["number"] = self.recipient
        if self.delay is not None:
            fields["delay"] = self.delay
        if self.format_jid is not None:
            fields["formatJid"] = self.format_jid
        if self.quoted:
            fields["quoted"] = self.quoted.body()
        return fields

    def read(self, data: Any) -> SentMessage:
        """See ``Command``."""
        return SentMessage.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSend(Send):
    """A send under a message id: with one it is safe to repeat.

    The client makes ``id`` from ``idempotency_key`` when that is given, and a fresh
    one when neither is.
    """

    id: str | None = None
    idempotency_key: str | None = None
    mentioned_jid: Sequence[str] = ()
    mention_all: bool | None = None

    def __post_init__(self) -> None:
        Send.__post_init__(self)
        for jid in self.mentioned_jid:
            chat_of(jid)  # refuses nonsense

    @property
    def repeatable(self) -> bool:
        """See ``Command``."""
        return bool(self.id)

    def completed(self, namer: Namer) -> Self:
        """Return the send with its id: made here once, kept over all attempts."""
        if self.id and self.idempotency_key is None:
            return self
        name = namer.name(self.chat, id=self.id, idempotency_key=self.idempotency_key)
        return replace(self, id=name, idempotency_key=None)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        fields = self.shared()
        if self.id:
            fields["id"] = self.id
        if self.mentioned_jid:
            fields["mentionedJid"] = [chat_of(jid) for jid in self.mentioned_jid]
        if self.mention_all is not None:
            fields["mentionAll"] = self.mention_all
        return fields
