"""Executions and triggers for tests of the actions."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from recado import wire
from recado.model.execution import Claimed, Lease
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.outcome import Failure, Outcome, Success
from recado.model.redact import Secret
from recado.model.trigger import ActionType, Trigger, TriggerSettings

MOMENT = datetime(2026, 3, 25, 20, 0, tzinfo=UTC)

EVENT: dict[str, Any] = {
    "source": "evolution_go",
    "event_type": "Message",
    "chat": "5511990000001@s.whatsapp.net",
    "sender": "5511990000001@s.whatsapp.net",
    "text": "olá",
    "data": {"items": [1, 2], "nothing": None, "price": 12.5},
}

ENVIRONMENT = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def a_claimed(
    *,
    id: int = 7,  # noqa: A002 -- the field that it is
    root: int = 7,
    attempt: int = 1,
    key: str | None = "wamid-1",
    event: dict[str, Any] | None = None,
) -> Claimed:
    return Claimed(
        lease=Lease(
            execution_id=ExecutionId(id), worker=WorkerId("w"), attempt=attempt
        ),
        trigger_id=TriggerId(3),
        root_id=ExecutionId(root),
        failures=attempt - 1,
        idempotency_key=key,
        ordering_key=None,
        accepted_at=MOMENT,
        held_since=None,
        event=wire.encode(EVENT if event is None else event),
    )


def a_trigger(
    kind: ActionType,
    payload: Any,
    *,
    secret: str | None = None,
    agent: str | None = None,
    **settings: Any,
) -> Trigger:
    return Trigger(
        id=TriggerId(3),
        name="a trigger",
        source="evolution_go",
        action_type=kind,
        action_payload=payload,
        agent=agent,
        secrets=(Secret(secret),) if secret else (),
        hook_token=Secret("hook"),
        settings=replace(TriggerSettings(), **settings),
        created_at=MOMENT,
        updated_at=MOMENT,
    )


def succeeded(outcome: Outcome) -> Success:
    assert isinstance(outcome, Success), outcome
    return outcome


def failed(outcome: Outcome) -> Failure:
    assert isinstance(outcome, Failure), outcome
    return outcome
