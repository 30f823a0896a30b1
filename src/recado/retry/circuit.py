"""Closed, open, half-open: whether a destination may be called, as a table of moves.

One circuit per destination (an Evolution Go instance, an HTTP host). It is a frozen
value: each move returns the next circuit, and whoever keeps it keeps the newest.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self


class State(StrEnum):
    """Whether calls pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One probe is on its way; all else waits for what comes of it."""


class Move(StrEnum):
    """What can happen to a circuit."""

    FAILED = "failed"
    """A call found the destination offline or unreachable."""
    PROBING = "probing"
    """The one call that is let through after the wait begins."""
    ABANDONED = "abandoned"
    """The probe ended without telling anything about the destination."""
    SUCCEEDED = "succeeded"
    """A call worked, or the destination reported that it is back."""


MOVES: dict[tuple[State, Move], State] = {
    (State.CLOSED, Move.FAILED): State.OPEN,
    (State.CLOSED, Move.SUCCEEDED): State.CLOSED,
    # late news of calls that began before the circuit opened
    (State.OPEN, Move.FAILED): State.OPEN,
    (State.OPEN, Move.SUCCEEDED): State.CLOSED,
    (State.OPEN, Move.PROBING): State.HALF_OPEN,
    (State.HALF_OPEN, Move.FAILED): State.OPEN,
    (State.HALF_OPEN, Move.SUCCEEDED): State.CLOSED,
    (State.HALF_OPEN, Move.ABANDONED): State.OPEN,
    # the probe before was lost with its worker
    (State.HALF_OPEN, Move.PROBING): State.HALF_OPEN,
}
"""Where each move leads. A pair that is not here cannot happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitPolicy:
    """How long an open circuit waits: ``first_wait``, then twice as long, to the cap.

    A gateway that has just said "offline" may have revived the session by itself, so
    the first wait is short. A probe that has not reported after ``probe_limit`` counts
    as lost (its worker vanished), and another one may start.
    """

    first_wait: timedelta = timedelta(seconds=10)
    max_wait: timedelta = timedelta(minutes=15)
    probe_limit: timedelta = timedelta(minutes=10)

    def __post_init__(self) -> None:
        if not timedelta(0) < self.first_wait <= self.max_wait:
            raise ValueError("first_wait must be above 0 and at most max_wait")
        if self.probe_limit <= timedelta(0):
            raise ValueError("probe_limit must be above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """The state of one destination. Moments are aware.

    ``retry_at`` is when the next call may pass, None while closed: for an open
    circuit the end of its wait, for a half-open one the end of its probe's time.
    ``wait`` is the present wait, zero while closed.
    """

    policy: CircuitPolicy = field(default_factory=CircuitPolicy)
    state: State = State.CLOSED
    retry_at: datetime | None = None
    wait: timedelta = timedelta(0)

    def allows(self, now: datetime) -> bool:
        """Tell whether a call may start now.

        When the circuit is not closed, that call is the probe: the caller makes the
        move ``probing`` before it starts.
        """
        return self.retry_at is None or now >= self.retry_at

    def failed(self, now: datetime) -> Self:
        """Return the circuit after a call found the destination offline.

        The wait doubles when a probe failed. News of an already open circuit changes
        nothing: ten calls that fail together are one outage, not ten.
        """
        state = self._after(Move.FAILED)
        if self.state is State.OPEN:
            return self
        doubled = min(self.wait * 2, self.policy.max_wait)
        wait = max(doubled, self.policy.first_wait)
        return replace(self, state=state, wait=wait, retry_at=now + wait)

    def probing(self, now: datetime) -> Self:
        """Return the circuit while its one probe is on its way.

        Raises:
            ValueError: No call may start now (see ``allows``).
        """
        if self.state is State.CLOSED:
            return self
        if not self.allows(now):
            raise ValueError(f"the circuit is {self.state}; no call may start yet")
        return replace(
            self,
            state=self._after(Move.PROBING),
            retry_at=now + self.policy.probe_limit,
        )

    def abandoned(self, now: datetime) -> Self:
        """Return the circuit after a probe that told nothing: the next may start now.

        Such a probe was cancelled, or failed for a reason of its own.
        """
        if self.state is not State.HALF_OPEN:
            return self
        return replace(self, state=self._after(Move.ABANDONED), retry_at=now)

    def succeeded(self) -> Self:
        """Return the closed circuit, after a success or the event ``Connected``."""
        return replace(
            self,
            state=self._after(Move.SUCCEEDED),
            wait=timedelta(0),
            retry_at=None,
        )

    def _after(self, move: Move) -> State:
        return MOVES[self.state, move]
