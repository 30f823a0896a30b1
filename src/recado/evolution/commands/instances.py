"""The calls about an instance itself."""

from dataclasses import dataclass
from typing import Any

from recado.errors import OfflineError
from recado.evolution.commands.base import Command, Timing
from recado.evolution.replies import InstanceStatusReply


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceStatus(Command[InstanceStatusReply]):
    """Ask whether the instance can send now."""

    method = "GET"
    path = "/instance/status"
    timing = Timing.SESSION

    @property
    def repeatable(self) -> bool:
        """See ``Command``."""
        return True

    @property
    def read_seconds(self) -> float:
        """See ``Command``. This one answers at once, or after 2 s."""
        return 10.0

    def body(self) -> None:
        """See ``Command``."""

    def read(self, data: Any) -> InstanceStatusReply:
        """See ``Command``."""
        return InstanceStatusReply.read(data)

    def read_offline(
        self,
        error: OfflineError,  # noqa: ARG002 -- the answer is the same whatever it says
    ) -> InstanceStatusReply:
        """Return "not connected": that is an answer to the question, not a failure."""
        return InstanceStatusReply(connected=False, logged_in=False)
