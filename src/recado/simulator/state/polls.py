"""Who voted for what in the polls that instances sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """The last vote of somebody; ``options`` are the hashes of what was chosen."""

    poll: str
    chat: str
    message_id: str
    voter: str
    voter_name: str
    options: tuple[str, ...]
    at: datetime

    @property
    def id(self) -> str:
        """Return a UUID that stays the same for the same vote."""
        raw = sha256(f"{self.poll}:{self.voter}".encode()).hexdigest()
        return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:32]}"


class Votes:
    """The votes by poll and voter: a new one takes the place of the former."""

    def __init__(self) -> None:
        self._votes: dict[str, dict[str, Vote]] = {}

    def cast(self, vote: Vote) -> None:
        """Count a vote."""
        self._votes.setdefault(vote.poll, {})[vote.voter] = vote

    def of(self, poll: str) -> Sequence[Vote]:
        """Return the votes of a poll in the order of their voters' first."""
        return list(self._votes.get(poll, {}).values())

    def clear(self) -> None:
        """Forget all votes."""
        self._votes.clear()


def option_hash(text: str) -> str:
    """Return how the gateway names an option: the SHA-256 of its text in hex."""
    return sha256(text.encode()).hexdigest()
