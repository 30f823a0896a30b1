"""What a client may be told about its calls, when it is made or by ``with_options``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from recado.evolution.reports import FailedTry, FinishedCall
from recado.retry.policy import RetryPolicy

DEFAULT_RETRY = RetryPolicy()


class Options(TypedDict, total=False):
    """What can be set for all calls of a client, or by ``with_options`` for some."""

    retry: RetryPolicy
    """When a call is tried again; three tries if you do not say."""
    timeout: float | None
    """Seconds to wait for each answer, on top of the time to connect and of a message's
    own ``delay``. None, the default, is what each route may need by the gateway's own
    limits: a shorter time turns slow sends into unknown outcomes."""
    deadline: float | None
    """Seconds for a whole call, all tries and waits in it; None sets no limit."""
    instance: str
    """Your word for the sending number. It goes into message ids made from an
    idempotency key; name it when several numbers send under the same keys."""
    on_failed_try: Callable[[FailedTry], None] | None
    """Hears of each try that failed. If you do not say, it is ``log_failed_try``, which
    yours may call as well; None tells nobody."""
    on_call: Callable[[FinishedCall], None] | None
    """Hears of each call when it is over; for metrics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings:
    """The options with their defaults, but for the log: this tells nobody by itself.

    Raises ValueError for a time that cannot be one.
    """

    retry: RetryPolicy = DEFAULT_RETRY
    timeout: float | None = None
    deadline: float | None = None
    instance: str = ""
    on_failed_try: Callable[[FailedTry], None] | None = None
    on_call: Callable[[FinishedCall], None] | None = None

    def __post_init__(self) -> None:
        for name in ("timeout", "deadline"):
            seconds = getattr(self, name)
            # written so that a NaN, which is never > 0, is refused as well
            if seconds is not None and not seconds > 0:
                raise ValueError(f"{name} must be > 0 seconds, or None")
