"""What would happen to a delivery, step by step, and why."""

from dataclasses import dataclass, field

from recado.errors import (
    BadProofError,
    LimitedError,
    MalformedError,
    UndecidedError,
)
from recado.intake.condition import holds
from recado.intake.delivery import Delivery
from recado.intake.filter import mismatch
from recado.intake.identify import identify
from recado.intake.rate_limit import RateLimits
from recado.intake.receive import Arrival
from recado.intake.sources.source import Source
from recado.model.event import Event, Identity
from recado.model.trigger import Trigger, TriggerType


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. ``passes`` is None where an earlier one left nothing to judge."""

    step: str
    passes: bool | None
    why: str


@dataclass(slots=True)
class Explained:
    """How a delivery would end, as far as that can be told without the store.

    The steps after the one that ends it are taken too, to show all that is wrong.
    """

    outcome: Arrival = Arrival.ACCEPTED
    steps: list[Step] = field(default_factory=list)
    event: Event | None = None
    identity: Identity = field(default_factory=Identity)

    def add(self, step: str, why: str, *, ends_as: Arrival | None = None) -> None:
        """Add a step; the first one that ends the delivery says how."""
        self.steps.append(Step(step=step, passes=ends_as is None, why=why))
        if ends_as is not None and self.outcome is Arrival.ACCEPTED:
            self.outcome = ends_as


def explain(
    trigger: Trigger, source: Source, delivery: Delivery, *, limits: RateLimits
) -> Explained:
    """Return what each step says to a delivery, and change nothing.

    Sources know nothing of the store, so whether the key is there, the step
    ``duplicate``, is for the caller.
    """
    told = Explained()
    if source.refusal is None:
        _ask_trigger(told, trigger)
    _ask_proof(told, trigger, source=source, delivery=delivery)
    _ask_limits(told, trigger, delivery=delivery, limits=limits)
    _ask_body(told, source=source, delivery=delivery)
    if source.refusal is not None:
        _ask_trigger(told, trigger)  # a bad proof is answered as such all the same
    event = told.event
    if event is None:
        for step in ("filter", "condition", "identify"):
            told.steps.append(Step(step=step, passes=None, why="there is no event"))
        return told
    _ask_filter(told, trigger, event)
    _ask_condition(told, trigger, event)
    told.identity = identify(trigger, source, event)
    told.add("identify", _identity_in_words(told.identity, trigger))
    return told


def _ask_trigger(told: Explained, trigger: Trigger) -> None:
    if not trigger.enabled:
        told.add("enabled", "the trigger is disabled", ends_as=Arrival.DISABLED)
    elif trigger.type is not TriggerType.WEBHOOK:
        told.add("enabled", "the trigger takes no webhooks", ends_as=Arrival.DISABLED)
    else:
        told.add("enabled", "the trigger is enabled")


def _ask_proof(
    told: Explained, trigger: Trigger, *, source: Source, delivery: Delivery
) -> None:
    try:
        source.verify(delivery, trigger)
        told.add("verify", f"it proves that it comes from {source.name}")
    except BadProofError as error:
        told.add("verify", str(error), ends_as=Arrival.UNPROVEN)


def _ask_limits(
    told: Explained, trigger: Trigger, *, delivery: Delivery, limits: RateLimits
) -> None:
    limit = trigger.settings.rate_limit
    try:
        limits.check(trigger, at=delivery.received_at)
    except LimitedError as error:
        told.add("limit", str(error), ends_as=Arrival.LIMITED)
    else:
        told.add("limit", "there is none" if limit is None else "there is room now")


def _ask_body(told: Explained, *, source: Source, delivery: Delivery) -> None:
    try:
        if source.challenge(delivery) is not None:
            why = "it only asks who is here, is answered, and is no event"
            told.add("parse", why, ends_as=Arrival.CHALLENGE)
            return
        told.event = source.parse(delivery)
    except MalformedError as error:
        told.add("parse", str(error), ends_as=Arrival.MALFORMED)
    else:
        kind = told.event.event_type
        told.add("parse", f"it is of type {kind}" if kind else "it names no type")


def _ask_filter(told: Explained, trigger: Trigger, event: Event) -> None:
    reason = mismatch(trigger.event_filter, event)
    if reason is not None:
        told.add("filter", reason, ends_as=Arrival.FILTERED)
    elif trigger.event_filter:
        told.add("filter", "every field of event_filter matches")
    else:
        told.add("filter", "there is no event_filter, so all is wanted")


def _ask_condition(told: Explained, trigger: Trigger, event: Event) -> None:
    if trigger.condition is None:
        told.add("condition", "there is none")
        return
    try:
        is_wanted = holds(trigger.condition, event)
    except UndecidedError as error:
        told.add("condition", str(error), ends_as=Arrival.UNDECIDED)
    else:
        ends_as = None if is_wanted else Arrival.FILTERED
        answer = "true" if is_wanted else "false"
        told.add("condition", f"the condition is {answer}", ends_as=ends_as)


def _identity_in_words(identity: Identity, trigger: Trigger) -> str:
    if identity.idempotency_key is None:
        return "it has no idempotency key: each delivery of it is stored"
    window = identity.window
    days = trigger.settings.dedupe_days
    known = (
        f"{days:g} days" if window is None else f"{window.total_seconds():g} seconds"
    )
    return f"its idempotency key is {identity.idempotency_key}, for {known}"
