"""Tells how an execution's lease ended."""

from typing import Any

from recado.model.status import DEAD_LETTERS, Status
from recado.model.trigger import Trigger
from recado.observe.signals import Name, Signals
from recado.store.protocol import Settlement


def announce(
    settlement: Settlement, *, signals: Signals, trigger: Trigger | None
) -> None:
    """Emit what a stored settlement means; ``trigger`` is None when it is gone."""
    facts = _facts(settlement)
    attempt = settlement.attempt
    if attempt is not None:
        took = (attempt.finished_at - attempt.started_at).total_seconds()
        told = facts | {"duration_seconds": took}
        if attempt.outcome == "released":
            told["reason"] = attempt.error
        signals.emit(Name.TRIGGER_EXECUTE, **told)
    elif settlement.status is Status.HELD:
        signals.emit(Name.TRIGGER_HELD, **facts, held_for=settlement.held_for)
    if settlement.status in DEAD_LETTERS:
        signals.emit(
            Name.TRIGGER_DEAD_LETTER,
            **facts,
            trigger=None if trigger is None else trigger.name,
            error_fingerprint=settlement.error_fingerprint,
            may_have_acted=settlement.may_have_acted,
        )


def _facts(settlement: Settlement) -> dict[str, Any]:
    claimed = settlement.claimed
    facts: dict[str, Any] = {
        "execution_id": claimed.id,
        "trigger_id": claimed.trigger_id,
        "attempt": claimed.attempt,
        "status": settlement.status,
    }
    if settlement.error is not None:
        facts |= {
            "error": settlement.error,
            "error_category": settlement.error_category,
            "next_attempt_at": settlement.due_at,
        }
    return facts
