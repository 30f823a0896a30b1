"""How long to wait before the next try, and when to stop."""

from dataclasses import dataclass

MAX_DOUBLINGS = 60
"""Every cap wins long before this; beyond it the doubling only risks an overflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When a client tries a call again. Times are seconds; the first try is attempt 1.

    ``max_asked`` bounds how long a server's ``Retry-After`` is obeyed.
    """

    max_attempts: int = 3
    base_delay: float = 2.0
    jitter: float = 0.5
    max_delay: float = 8.0
    max_asked: float = 60.0

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError("max_attempts must be >= 1")
        for name in ("base_delay", "jitter", "max_delay", "max_asked"):
            _refuse_negative(name, getattr(self, name))

    def delay_after(self, attempt: int, *, draw: float, asked: float) -> float | None:
        """Return the wait after try ``attempt`` failed; None means stop.

        ``draw`` is a random number in [0, 1) from the caller, so equal inputs give
        equal waits. A longer wait ``asked`` by the server wins, up to ``max_asked``.
        """
        if attempt >= self.max_attempts:
            return None
        doublings = min(attempt - 1, MAX_DOUBLINGS)
        ours = self.base_delay * 2.0**doublings + self.jitter * draw
        return max(min(ours, self.max_delay), min(asked, self.max_asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRetryPolicy:
    """When the queue tries an execution again. Times are seconds.

    ``jitter`` is the share of the delay that chance may take away, so that many
    executions that failed together do not come back together. 0 takes nothing, 1
    anything up to all of it; the delay is never above ``max_delay``.
    """

    max_attempts: int = 6
    base_delay: float = 5.0
    max_delay: float = 900.0
    jitter: float = 0.5

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError("max_attempts must be >= 1")
        for name in ("base_delay", "max_delay", "jitter"):
            _refuse_negative(name, getattr(self, name))
        if self.jitter > 1:
            raise ValueError("jitter must be <= 1: it is a share of the delay")

    def delay_after(
        self, failures: int, *, draw: float, asked: float = 0.0
    ) -> float | None:
        """Return the wait after failure number ``failures``; None means stop.

        The first failure is 1. ``draw`` is a random number in [0, 1) from the
        caller. A longer wait ``asked`` by the other side wins, up to ``max_delay``.
        """
        if failures >= self.max_attempts:
            return None
        doublings = min(failures - 1, MAX_DOUBLINGS)
        full = min(self.base_delay * 2.0**doublings, self.max_delay)
        return max(full * (1.0 - self.jitter * draw), min(asked, self.max_delay))


def _refuse_negative(name: str, value: float) -> None:
    # written so that a NaN, which is never >= 0, is refused as well
    if not value >= 0:
        raise ValueError(f"{name} must be >= 0 seconds")
