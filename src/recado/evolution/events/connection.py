"""Events about an instance's own connection: pairing, coming, going."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Self

from recado.evolution.events.event import Event, Head
from recado.evolution.replies.fields import integer, truth
from recado.wire import text_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Event):
    """The instance is up now. It often comes twice, and not after a first pairing."""

    jid: str
    push_name: str

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(
            **head, jid=text_at(data, "jid"), push_name=text_at(data, "pushName")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected(Event):
    """The other side closed the line; the gateway tries once to come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOut(Event):
    """The account is paired no more. It comes up to three times for one logout.

    ``code`` is WhatsApp's number, 0 when it gave none.
    """

    code: int
    reason: str

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(**head, code=integer(data, "Reason"), reason=text_at(data, "reason"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectFailure(Event):
    """WhatsApp refused the login, for a reason without an event of its own."""

    code: int
    message: str

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(
            **head, code=integer(data, "Reason"), message=text_at(data, "Message")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryBan(Event):
    """WhatsApp blocks the account for a while: stop sending until it ``expires_in``."""

    code: int
    reason: str
    expires_in: timedelta

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        nanoseconds = integer(data, "Expire")
        return cls(
            **head,
            code=integer(data, "Code"),
            reason=text_at(data, "reason"),
            expires_in=timedelta(seconds=nanoseconds // 10**9),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSuccess(Event):
    """A phone was paired."""

    jid: str
    lid: str
    platform: str
    business_name: str

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(
            **head,
            jid=text_at(data, "jid") or text_at(data, "ID"),
            lid=text_at(data, "LID"),
            platform=text_at(data, "Platform"),
            business_name=text_at(data, "BusinessName"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QRCode(Event):
    """A code to scan; the first lives 60 seconds, each further one 20.

    ``code`` is its text and ``image`` a PNG as a data URL. Whoever scans it has the
    account: neither is part of the ``repr``.
    """

    code: str = field(repr=False)
    image: str = field(repr=False)
    count: int
    max_count: int

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(
            **head,
            code=text_at(data, "code"),
            image=text_at(data, "qrcode"),
            count=integer(data, "count"),
            max_count=integer(data, "maxCount"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QRTimeout(Event):
    """Nobody scanned. ``ends_series`` says that no further code comes by itself."""

    ends_series: bool
    reason: str

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        data = head["data"]
        return cls(
            **head,
            ends_series=truth(data, "forceLogout"),
            reason=text_at(data, "reason"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineSyncCompleted(Event):
    """All that waited while the instance was away has come: ``count`` things."""

    count: int

    @classmethod
    def read(cls, head: Head) -> Self:
        """See ``Event``."""
        return cls(**head, count=integer(head["data"], "Count"))
