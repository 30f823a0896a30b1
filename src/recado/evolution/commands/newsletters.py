"""The calls about newsletters, which WhatsApp's apps call channels."""

from dataclasses import dataclass
from typing import Any, TypeVar

from recado.evolution.commands.base import (
    Command,
    Done,
    Timing,
    needed,
    without_none,
)
from recado.evolution.number import newsletter_of
from recado.evolution.replies.fields import objects
from recado.evolution.replies.newsletters import Newsletter, NewsletterMessage

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfNewsletter(Command[Reply]):
    """A call about one newsletter, named by its JID."""

    method = "POST"
    timing = Timing.SESSION
    safe = True

    jid: str

    def __post_init__(self) -> None:
        newsletter_of(self.jid)  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"jid": newsletter_of(self.jid)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateNewsletter(Command[Newsletter]):
    """Make a newsletter. Not repeatable: each call makes another one."""

    method = "POST"
    path = "/newsletter/create"
    timing = Timing.SESSION

    name: str
    description: str | None = None

    def __post_init__(self) -> None:
        needed(name=self.name)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return without_none({"name": self.name, "description": self.description})

    def read(self, data: Any) -> Newsletter:
        """See ``Command``."""
        return Newsletter.read(data)


class ListNewsletters(Command[list[Newsletter]]):
    """Ask for the newsletters the instance follows. Slow when there are many."""

    __slots__ = ()

    method = "GET"
    path = "/newsletter/list"
    timing = Timing.SESSION
    safe = True

    def read(self, data: Any) -> list[Newsletter]:
        """See ``Command``."""
        return [Newsletter.read(told) for told in objects(data)]


class NewsletterInfo(OfNewsletter[Newsletter]):
    """Ask for one newsletter."""

    __slots__ = ()

    path = "/newsletter/info"

    def read(self, data: Any) -> Newsletter:
        """See ``Command``."""
        return Newsletter.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterByLink(Command[Newsletter]):
    """Ask for a newsletter by its link. ``key`` is its code or the whole link."""

    method = "POST"
    path = "/newsletter/link"
    timing = Timing.SESSION
    safe = True

    key: str

    def __post_init__(self) -> None:
        needed(key=self.key)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"key": self.key}

    def read(self, data: Any) -> Newsletter:
        """See ``Command``."""
        return Newsletter.read(data)


class SubscribeNewsletter(OfNewsletter[None], Done):
    """Get live updates of a newsletter for a while. It does not follow it."""

    __slots__ = ()

    path = "/newsletter/subscribe"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterMessages(OfNewsletter[list[NewsletterMessage]]):
    """Ask for a newsletter's messages, those before ``before_id`` if given.

    ``before_id`` is a message's ``server_id``.
    """

    path = "/newsletter/messages"

    count: int | None = None
    before_id: int | None = None

    def __post_init__(self) -> None:
        OfNewsletter.__post_init__(self)
        for name in ("count", "before_id"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} is {value}; it must be 1 or more")

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return without_none(
            {
                "jid": newsletter_of(self.jid),
                "count": self.count,
                "before_id": self.before_id,
            }
        )

    def read(self, data: Any) -> list[NewsletterMessage]:
        """See ``Command``."""
        return [NewsletterMessage.read(told) for told in objects(data)]
