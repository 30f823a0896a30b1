"""What the routes about newsletters (channels) answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from recado.evolution.replies.fields import (
    an_object,
    inner_text,
    integer,
    moment,
    text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """A channel. ``state`` is active, suspended or geosuspended.

    ``role`` is our own in it, or "". ``invite`` is the code of its link.
    """

    jid: str
    name: str
    description: str
    state: str
    invite: str
    subscribers: int
    role: str
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the channel that an answer holds.

        Raises:
            LookupError, TypeError: It holds none.
        """
        told = an_object(data)
        about = an_object(told.get("thread_metadata") or {})
        return cls(
            jid=told["id"],
            name=inner_text(about, "name"),
            description=inner_text(about, "description"),
            state=text(an_object(told.get("state") or {}), "type"),
            invite=text(about, "invite"),
            subscribers=integer(about, "subscribers_count"),
            role=text(an_object(told.get("viewer_metadata") or {}), "role"),
            raw=told,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterMessage:
    """A message of a channel. ``server_id`` is what ``before_id`` wants."""

    server_id: int
    id: str
    type: str
    timestamp: datetime | None
    views: int
    reactions: dict[str, int]
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Return one entry of the route's list."""
        counts = told.get("ReactionCounts")
        named = counts if isinstance(counts, dict) else {}
        return cls(
            server_id=integer(told, "MessageServerID"),
            id=text(told, "MessageID"),
            type=text(told, "Type"),
            timestamp=moment(told, "Timestamp"),
            views=integer(told, "ViewsCount"),
            reactions={name: integer(named, name) for name in named},
            raw=told,
        )
