"""Values for tests, with everything that does not matter filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from recado.model.execution import Attempt, Claimed, Lease
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.redact import Secret
from recado.model.status import Status
from recado.model.trigger import ActionType, Trigger, TriggerSettings, TriggerType
from recado.store import triggers
from recado.store.cipher import Cipher
from recado.store.protocol import NewExecution, Settlement, Store
from recado.store.triggers import TriggerFields

NOON = datetime(2026, 3, 25, 12, 0, tzinfo=UTC)
CIPHER = Cipher(Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
SECRET = Secret("a-secret-of-the-sender")


def trigger_fields(**changes: Any) -> TriggerFields:
    values: dict[str, Any] = {
        "name": "a trigger",
        "type": TriggerType.WEBHOOK,
        "source": "custom",
        "event_filter": {},
        "condition": None,
        "action_type": ActionType.SCRIPT,
        "action_payload": "reply.py",
        "agent": None,
        "enabled": True,
        "settings": TriggerSettings(),
    }
    return TriggerFields(**values | changes)


async def a_stored_trigger(store: Store, **changes: Any) -> Trigger:
    return await store.write(
        triggers.create,
        trigger_fields(**changes),
        secret=SECRET,
        hook_token=Secret("hook-token"),
        cipher=CIPHER,
        now=NOON,
    )


def a_trigger(**changes: Any) -> Trigger:
    values: dict[str, Any] = {
        "id": TriggerId(1),
        "name": "a trigger",
        "source": "custom",
        "action_type": ActionType.SCRIPT,
        "action_payload": "reply.py",
        "secrets": (SECRET,),
        "hook_token": Secret("hook-token"),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Trigger(**values | changes)


def a_new_execution(trigger: Trigger | TriggerId, **changes: Any) -> NewExecution:
    values: dict[str, Any] = {
        "trigger_id": trigger.id if isinstance(trigger, Trigger) else trigger,
        "document": b'{"event_type":"Message"}',
        "idempotency_key": None,
        "dedupe_until": None,
        "ordering_key": None,
        "received_at": NOON,
    }
    return NewExecution(**values | changes)


def a_claimed(**changes: Any) -> Claimed:
    values: dict[str, Any] = {
        "lease": Lease(execution_id=ExecutionId(7), worker=WorkerId("ana"), attempt=1),
        "trigger_id": TriggerId(1),
        "root_id": ExecutionId(7),
        "failures": 0,
        "idempotency_key": None,
        "ordering_key": None,
        "accepted_at": NOON,
        "held_since": None,
        "event": b"{}",
    }
    return Claimed(**values | changes)


def a_settlement(claimed: Claimed, status: Status, **changes: Any) -> Settlement:
    at = changes.pop("at", NOON)
    outcome = "completed" if status is Status.COMPLETED else "failed"
    values: dict[str, Any] = {
        "claimed": claimed,
        "status": status,
        "at": at,
        "attempt": Attempt(
            number=claimed.attempt,
            started_at=at - timedelta(seconds=1),
            finished_at=at,
            outcome=outcome,
        ),
    }
    return Settlement(**values | changes)
