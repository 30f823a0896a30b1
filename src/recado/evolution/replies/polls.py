"""What the route about polls answers."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from recado.evolution.replies.fields import (
    an_object,
    integer,
    moment,
    objects,
    text,
    texts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollVoter:
    """Who voted for what. ``selected`` are marks of options, see ``PollVotes``."""

    jid: str
    phone: str
    name: str
    selected: tuple[str, ...]
    voted_at: datetime | None

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Return one entry of the route's ``voters``."""
        return cls(
            jid=text(told, "jid"),
            phone=text(told, "phone"),
            name=text(told, "name"),
            selected=texts(told, "selectedOptions"),
            voted_at=moment(told, "votedAt"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PollVotes:
    """The votes that a poll got. Options are known by a mark, not by their text."""

    poll_id: str
    chat: str
    total_votes: int
    counts: dict[str, int]
    voters: tuple[PollVoter, ...]
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the results that the route answers.

        Raises:
            LookupError, TypeError: It answers something else.
        """
        told = an_object(data)
        counts = an_object(told.get("optionCounts") or {})
        return cls(
            poll_id=told["pollMessageId"],
            chat=text(told, "pollChatJid"),
            total_votes=integer(told, "totalVotes"),
            counts={mark.lower(): integer(counts, mark) for mark in counts},
            voters=tuple(map(PollVoter.read, objects(told.get("voters")))),
            raw=told,
        )

    def votes_for(self, option: str) -> int:
        """Return how many votes the option with this text got."""
        return self.counts.get(option_mark(option), 0)


def option_mark(option: str) -> str:
    """Return how a vote names an option: the SHA-256 of its text, in hexadecimal."""
    return sha256(option.encode()).hexdigest()
