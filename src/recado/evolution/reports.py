"""What a client reports of its calls, to whoever counts or logs them."""

from dataclasses import dataclass

from recado.errors import EvolutionError
from recado.retry.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTry:
    """One try that failed. The first is attempt 1.

    ``delay_s`` is the wait in seconds before the next try; None when there is none
    and the error is raised.
    """

    attempt: int
    max_attempts: int
    error: EvolutionError
    verdict: Verdict
    delay_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedCall:
    """One call that is over. ``seconds`` is how long it took, waits included.

    ``route`` is the method and the path without ids, so it is fit for a metric's label.
    ``error`` is None when it worked.
    """

    route: str
    attempts: int
    seconds: float
    error: EvolutionError | None
