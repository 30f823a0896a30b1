"""Deliveries and triggers for the rules of the intake, and the gateway's samples."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recado import wire
from recado.intake.delivery import Delivery
from recado.intake.identify import identify
from recado.intake.sources.registry import SOURCES
from recado.model.event import Event, Identity
from recado.model.ids import TriggerId
from recado.model.redact import Secret
from recado.model.trigger import ActionType, Ordering, Trigger, TriggerSettings

EVENTS = Path(__file__).parents[4] / "shared" / "evolution-go" / "events"
NOW = datetime(2026, 3, 25, 20, 16, 40, tzinfo=UTC)
TOKEN = "example-instance-token"


def sample(name: str) -> dict[str, Any]:
    value = wire.decode((EVENTS / name).read_bytes())
    assert isinstance(value, dict)
    return value


def a_delivery(
    body: Any, headers: Mapping[str, str] | None = None, *, by_hook_token: bool = False
) -> Delivery:
    return Delivery(
        headers=dict(headers or {}),
        body=body if isinstance(body, bytes) else wire.encode(body),
        received_at=NOW,
        by_hook_token=by_hook_token,
    )


def a_signed_delivery(
    body: bytes, secret: str, header: str = "x-webhook-signature"
) -> Delivery:
    digest = hmac.digest(secret.encode(), body, "sha256").hex()
    return a_delivery(body, {header: digest})


def a_trigger(
    source: str,
    *,
    secrets: tuple[str, ...] = ("first secret",),
    instance_token: str | None = None,
    ordering: Ordering = Ordering.KEY,
    idempotency_path: str | None = None,
    ordering_path: str | None = None,
) -> Trigger:
    return Trigger(
        id=TriggerId(1),
        name="a trigger",
        source=source,
        action_type=ActionType.SCRIPT,
        action_payload="act.py",
        secrets=tuple(Secret(secret) for secret in secrets),
        hook_token=Secret("hook"),
        settings=TriggerSettings(
            ordering=ordering,
            idempotency_path=idempotency_path,
            ordering_path=ordering_path,
            instance_token=None if instance_token is None else Secret(instance_token),
        ),
        created_at=NOW,
        updated_at=NOW,
    )


def parsed(source: str, body: Any, headers: Mapping[str, str] | None = None) -> Event:
    return SOURCES[source].parse(a_delivery(body, headers))


def identified(
    source: str,
    body: Any,
    headers: Mapping[str, str] | None = None,
    trigger: Trigger | None = None,
) -> Identity:
    event = parsed(source, body, headers)
    return identify(trigger or a_trigger(source), SOURCES[source], event)
