"""What becomes of an execution after an attempt: a pure choice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from recado.execution.classify import classify, fingerprint
from recado.model.category import Category
from recado.model.execution import Attempt, Claimed
from recado.model.outcome import Failure, Outcome, Success
from recado.model.status import Status
from recado.model.trigger import TriggerSettings
from recado.retry.policy import ExecutionRetryPolicy
from recado.store.protocol import Settlement

MAX_HELD = timedelta(hours=24)
"""How long an execution waits for its instance before it becomes a dead letter."""

BROKEN_OFF = "stopped by the shutdown; runs again under the same key"
UNKNOWN_TRIES = 2
ERROR_LENGTH = 2_000
SUMMARY_LENGTH = 500

Draw = Callable[[], float]
"""Gives a random number in [0, 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One attempt, over: of what, what came of it, and when. Moments in UTC."""

    claimed: Claimed
    outcome: Outcome
    started_at: datetime
    finished_at: datetime


def settlement_of(
    tried: Tried,
    settings: TriggerSettings,
    *,
    draw: Draw,
    probe_at: datetime | None = None,
) -> Settlement:
    """Return how the lease ends.

    ``probe_at`` is when the destination's circuit lets the next call through, for an
    execution that is held because its instance is offline.
    """
    if isinstance(tried.outcome, Success):
        return _completed(tried, tried.outcome)
    return _failed(tried, tried.outcome, settings, draw=draw, probe_at=probe_at)


def _completed(tried: Tried, success: Success) -> Settlement:
    return Settlement(
        claimed=tried.claimed,
        status=Status.COMPLETED,
        at=tried.finished_at,
        attempt=_attempt(tried, outcome="completed", output=success.output),
        result_summary=success.summary[:SUMMARY_LENGTH] or None,
        sent=success.sent,
    )


def _failed(
    tried: Tried,
    failure: Failure,
    settings: TriggerSettings,
    *,
    draw: Draw,
    probe_at: datetime | None,
) -> Settlement:
    category = classify(failure)
    status, wait = _next(tried, failure, category, settings=settings, draw=draw)
    due_at = None if wait is None else tried.finished_at + wait
    if status is Status.HELD and probe_at is not None:
        due_at = probe_at
    error = failure.error[:ERROR_LENGTH]
    return Settlement(
        claimed=tried.claimed,
        status=status,
        at=tried.finished_at,
        attempt=_attempt(
            tried,
            outcome="failed",
            output=failure.output,
            error=error,
            category=category,
        ),
        counts=category is not Category.OFFLINE,
        due_at=due_at,
        held_for=failure.destination if status is Status.HELD else None,
        error=error,
        error_category=category,
        error_fingerprint=fingerprint(error, category),
        may_have_acted=failure.may_have_acted,
    )


def _next(
    tried: Tried,
    failure: Failure,
    category: Category,
    *,
    settings: TriggerSettings,
    draw: Draw,
) -> tuple[Status, timedelta | None]:
    """Return the next status, and how long to wait where it waits for time."""
    match category:
        case Category.PERMANENT | Category.CONFIG:
            return Status.FAILED, None
        case Category.OFFLINE:
            if is_held_too_long(tried.claimed, now=tried.finished_at):
                return Status.FAILED_RETRYABLE, None
            return Status.HELD, timedelta(seconds=10)
        case Category.TRANSIENT | Category.UNKNOWN:
            tries = settings.max_attempts
            if category is Category.UNKNOWN:
                tries = min(tries, UNKNOWN_TRIES)
            wait = _policy(settings, tries).delay_after(
                tried.claimed.failures + 1, draw=draw(), asked=failure.retry_after
            )
            if wait is None:
                return Status.FAILED_RETRYABLE, None
            return Status.RETRYING, timedelta(seconds=wait)


def _policy(settings: TriggerSettings, tries: int) -> ExecutionRetryPolicy:
    return ExecutionRetryPolicy(
        max_attempts=tries,
        base_delay=settings.base_delay,
        max_delay=settings.max_delay,
        jitter=settings.jitter,
    )


def _attempt(
    tried: Tried,
    *,
    outcome: str,
    output: str,
    error: str | None = None,
    category: Category | None = None,
) -> Attempt:
    return Attempt(
        number=tried.claimed.attempt,
        started_at=tried.started_at,
        finished_at=tried.finished_at,
        outcome=outcome,
        error=error,
        error_category=category,
        output=output or None,
    )


def released(claimed: Claimed, *, started_at: datetime, now: datetime) -> Settlement:
    """Return how a lease ends whose worker stops: another one goes on at once."""
    return Settlement(
        claimed=claimed,
        status=Status.PENDING,
        at=now,
        attempt=Attempt(
            number=claimed.attempt,
            started_at=started_at,
            finished_at=now,
            outcome="released",
            error=BROKEN_OFF,
        ),
        due_at=now,
        may_have_acted=True,  # it was broken off, and nobody knows how far it was
    )


def given_back(claimed: Claimed, *, now: datetime) -> Settlement:
    """Return how a lease ends whose worker stops before the action began."""
    return Settlement(claimed=claimed, status=Status.PENDING, at=now, due_at=now)


def unstorable(lost: Settlement, error: Exception, *, now: datetime) -> Settlement:
    """Return how a lease ends instead when its settlement cannot be written."""
    text = f"the outcome could not be stored: {type(error).__name__}: {error}"
    # what could not be written may stand in the error's own text
    why = text.encode(errors="backslashreplace").decode()[:ERROR_LENGTH]
    attempt = lost.attempt and lost.attempt._replace(
        outcome="failed", error=why, error_category=Category.UNKNOWN, output=None
    )
    return Settlement(
        claimed=lost.claimed,
        status=Status.FAILED_RETRYABLE,
        at=now,
        attempt=attempt,
        counts=attempt is not None,
        error=why,
        error_category=Category.UNKNOWN,
        error_fingerprint=fingerprint(why, Category.UNKNOWN),
        may_have_acted=attempt is not None,
    )


def is_held_too_long(claimed: Claimed, *, now: datetime) -> bool:
    """Tell whether an execution has waited for its destination for too long."""
    return claimed.held_since is not None and now - claimed.held_since >= MAX_HELD


def spent(claimed: Claimed, *, now: datetime) -> Settlement:
    """Return how a lease ends that may not run any more.

    It keeps the error of its last attempt. Attempts are spent without being settled
    when their workers vanished: an execution that kills its worker must end somewhere.
    """
    return Settlement(
        claimed=claimed, status=Status.FAILED_RETRYABLE, at=now, attempt=None
    )


def held_too_long(claimed: Claimed, *, destination: str, now: datetime) -> Settlement:
    """Return how a lease ends whose destination did not come back in time.

    It keeps the error of its last attempt; if it was never tried, this is its cause.
    """
    gone = spent(claimed, now=now)
    if claimed.attempt > 1:
        return gone
    hours = MAX_HELD // timedelta(hours=1)
    error = f"{destination} could not be reached for {hours} hours"
    is_instance = destination.startswith("instance:")
    category = Category.OFFLINE if is_instance else Category.TRANSIENT
    return gone._replace(
        error=error,
        error_category=category,
        error_fingerprint=fingerprint(error, category),
    )


def held(
    claimed: Claimed, *, held_for: str, now: datetime, until: datetime | None
) -> Settlement:
    """Return how a lease ends when the execution must wait; no attempt is spent."""
    return Settlement(
        claimed=claimed,
        status=Status.HELD,
        at=now,
        due_at=until,
        held_for=held_for,
    )
