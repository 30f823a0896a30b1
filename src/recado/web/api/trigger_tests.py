"""Try a trigger with a payload: what would happen, and, if asked, do it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from recado import wire
from recado.access.roles import Role
from recado.errors import MalformedError, UndecidedError
from recado.intake.condition import holds
from recado.intake.delivery import Delivery
from recado.intake.filter import mismatch
from recado.intake.identify import identify
from recado.intake.sources.registry import SOURCES
from recado.model.event import Event, Identity
from recado.model.ids import ExecutionId
from recado.model.trigger import Trigger
from recado.store import audit
from recado.store.audit import Actor
from recado.store.protocol import NewExecution
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import (
    Input,
    JsonObject,
    TriggerPath,
    documented,
    validated,
)
from recado.web.guard import Caller, needs
from recado.web.services import Services, services
from recado.web.trigger_changes import find_trigger

router = APIRouter(prefix="/api/triggers", tags=["triggers"])


class TestInput(Input):
    """A payload as its sender would post it. ``run`` really runs the action."""

    payload: dict[str, Any]
    headers: dict[str, Annotated[str, Field(max_length=4096)]] = Field(
        default_factory=dict, max_length=100
    )
    run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How far an event would get. ``reason`` is None when it would run."""

    reason: str | None
    event: Event | None = None
    identity: Identity


@router.post(
    "/{trigger_id:int}/test",
    dependencies=[needs(Role.OPERATOR)],
    openapi_extra=documented(TestInput),
)
async def test_trigger(
    *, request: Request, trigger_id: TriggerPath, actor: Caller, body: JsonObject
) -> Response:
    """Show what a payload would do; with ``run`` also store and run it.

    The sender need not prove itself here, and such an execution is no duplicate of
    any event.
    """
    parts = services(request)
    trigger = await find_trigger(parts, trigger_id)
    wanted = validated(TestInput, body)
    delivery = delivery_of(wanted, now=parts.clock.now())
    tried = try_delivery(trigger, delivery)
    answer = _shown(tried, delivery)
    if wanted.run and tried.reason is None and tried.event is not None:
        answer["execution_id"] = await run_test(
            parts, trigger, delivery, tried=tried, actor=actor
        )
    return WireResponse(answer)


def delivery_of(wanted: TestInput, *, now: datetime) -> Delivery:
    """Return a payload as if its sender had posted it now."""
    return Delivery(
        headers={name.lower(): value for name, value in wanted.headers.items()},
        body=wire.encode(wanted.payload),
        received_at=now,
        by_hook_token=True,
    )


def try_delivery(trigger: Trigger, delivery: Delivery) -> Tried:
    """Return how far a delivery would get, were its sender who it should be. Pure."""
    source = SOURCES[trigger.source]
    try:
        event = source.parse(delivery)
    except MalformedError as error:
        return Tried(reason=str(error), identity=Identity())
    reason = mismatch(trigger.event_filter, event) or _unmet(trigger, event)
    if reason is None and not trigger.enabled:
        reason = "the trigger is disabled"
    identity = identify(trigger, source, event)
    return Tried(reason=reason, event=event, identity=identity)


def _unmet(trigger: Trigger, event: Event) -> str | None:
    if trigger.condition is None:
        return None
    try:
        return None if holds(trigger.condition, event) else "the condition is false"
    except UndecidedError as error:
        return str(error)


def _shown(tried: Tried, delivery: Delivery) -> dict[str, Any]:
    identity, event = tried.identity, tried.event
    return {
        "would_run": tried.reason is None,
        "reason": tried.reason or "every condition of the trigger holds",
        "event": None
        if event is None
        else event.document(identity, delivery.received_at),
        "idempotency_key": identity.idempotency_key,
        "ordering_key": identity.ordering_key,
    }


async def run_test(
    parts: Services,
    trigger: Trigger,
    delivery: Delivery,
    *,
    tried: Tried,
    actor: Actor,
) -> ExecutionId | None:
    """Store and run what was tried, and write down who did; None if there is nothing.

    It is no duplicate of any event.
    """
    event = tried.event
    if event is None:
        return None
    identity = tried.identity._replace(idempotency_key=None)
    execution_id = await parts.store.accept(
        NewExecution(
            trigger_id=trigger.id,
            document=wire.encode(event.document(identity, delivery.received_at)),
            idempotency_key=None,
            dedupe_until=None,
            ordering_key=identity.ordering_key,
            received_at=delivery.received_at,
        )
    )
    parts.wake()
    await parts.store.write(
        audit.note,
        actor,
        "trigger.test",
        target=f"trigger:{trigger.id}",
        now=delivery.received_at,
        execution_id=execution_id,
    )
    return execution_id
