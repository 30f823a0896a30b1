"""The call about polls that were sent."""

from dataclasses import dataclass
from typing import Any

from recado.evolution.commands.base import Command, filled
from recado.evolution.replies.polls import PollVotes


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResults(Command[PollVotes]):
    """Ask for a poll's votes. A poll without votes is answered with 404."""

    method = "GET"
    path = "/polls/:pollMessageId/results"
    safe = True
    enveloped = False

    poll_message_id: str

    def __post_init__(self) -> None:
        _ = self.target  # refuses nonsense

    @property
    def target(self) -> str:
        """See ``Command``."""
        return filled(self.path, pollMessageId=self.poll_message_id)

    def read(self, data: Any) -> PollVotes:
        """See ``Command``."""
        return PollVotes.read(data)
