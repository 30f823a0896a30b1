"""Explain a trigger with a delivery: every step, and nothing is changed."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from recado import wire
from recado.access.roles import Role
from recado.errors import InvalidError, Problem
from recado.intake.delivery import Delivery
from recado.intake.explain import Explained, explain
from recado.intake.receive import Arrival
from recado.intake.sources.registry import SOURCES
from recado.model.trigger import Trigger
from recado.store import executions
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import Input, JsonObject, TriggerPath, documented, validated
from recado.web.guard import needs
from recado.web.services import Services, services
from recado.web.trigger_changes import find_trigger

router = APIRouter(prefix="/api/triggers", tags=["triggers"])


class ExplainInput(Input):
    """A delivery: ``body`` is its exact text, or ``payload`` a JSON object.

    A signature is checked on the exact text. Without ``by_hook_token`` it is judged as
    one that came to ``webhook_url``.
    """

    body: str | None = None
    payload: dict[str, Any] | None = None
    headers: dict[str, Annotated[str, Field(max_length=4096)]] = Field(
        default_factory=dict, max_length=100
    )
    by_hook_token: bool = True


@router.post(
    "/{trigger_id:int}/explain",
    dependencies=[needs(Role.OPERATOR)],
    openapi_extra=documented(ExplainInput),
)
async def explain_trigger(
    request: Request, trigger_id: TriggerPath, body: JsonObject
) -> Response:
    """Tell step by step what would happen to a delivery, and why; change nothing."""
    parts = services(request)
    trigger = await find_trigger(parts, trigger_id)
    wanted = validated(ExplainInput, body)
    delivery = Delivery(
        headers={name.lower(): value for name, value in wanted.headers.items()},
        body=_bytes_of(wanted),
        received_at=parts.clock.now(),
        by_hook_token=wanted.by_hook_token,
    )
    limits = parts.intake.limits
    told = explain(trigger, SOURCES[trigger.source], delivery, limits=limits)
    await _ask_store(parts, trigger, told, delivery=delivery)
    return WireResponse(_shown(trigger, told, delivery))


def _bytes_of(wanted: ExplainInput) -> bytes:
    if (wanted.body is None) == (wanted.payload is None):
        why = "is required, or payload; not both"
        raise InvalidError([Problem("body", why)])
    if wanted.body is not None:
        return wanted.body.encode()
    return wire.encode(wanted.payload)


async def _ask_store(
    parts: Services, trigger: Trigger, told: Explained, *, delivery: Delivery
) -> None:
    key = told.identity.idempotency_key
    if key is None:
        told.add("duplicate", "nothing is compared with it")
        return
    before = await parts.store.read(
        executions.blocking, trigger.id, key, now=delivery.received_at
    )
    if before is None:
        told.add("duplicate", "no event with its key is known")
    else:
        why = f"execution {before} has the same key"
        told.add("duplicate", why, ends_as=Arrival.DUPLICATE)


def _shown(trigger: Trigger, told: Explained, delivery: Delivery) -> dict[str, Any]:
    event, identity = told.event, told.identity
    return {
        "outcome": told.outcome,
        "steps": [asdict(step) for step in told.steps],
        "would_run": trigger.action_type if told.outcome is Arrival.ACCEPTED else None,
        "event": None
        if event is None
        else event.document(identity, delivery.received_at),
        "idempotency_key": identity.idempotency_key,
        "ordering_key": identity.ordering_key,
    }
