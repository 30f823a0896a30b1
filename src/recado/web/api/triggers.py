"""Triggers: listed, made, changed, deleted, and their secrets rotated."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.intake.sources.registry import SOURCES
from recado.model.ids import TriggerId
from recado.model.redact import Secret
from recado.model.trigger import Trigger
from recado.observe.signals import Name
from recado.store import audit, held, triggers
from recado.store.audit import Actor
from recado.store.triggers import TriggerFields
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import (
    Input,
    JsonObject,
    TriggerPath,
    documented,
    validated,
)
from recado.web.api.shown import trigger_shown
from recado.web.api.source_rules import check_secret
from recado.web.api.trigger_input import (
    SecretInput,
    TriggerInput,
    merged,
    read_change,
    read_new,
)
from recado.web.guard import Caller, CallerRole, needs
from recado.web.services import Services, services

SECRET_BYTES = 32
HOOK_TOKEN_BYTES = 16

router = APIRouter(prefix="/api/triggers", tags=["triggers"])


class TriggerPage(Input):
    """A page of triggers, counted from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Query(ge=1, le=200)] = 50


@router.get("", dependencies=[needs(Role.VIEWER)])
async def list_triggers(
    request: Request, wanted: Annotated[TriggerPage, Query()], role: CallerRole
) -> Response:
    """List triggers, newest first."""
    parts = services(request)
    found, total = await parts.store.read(
        triggers.page,
        number=wanted.page,
        size=wanted.per_page,
        cipher=parts.cipher,
        now=parts.clock.now(),
    )
    return WireResponse(
        {
            "triggers": [_shown(parts, trigger, role) for trigger in found],
            "total": total,
            "page": wanted.page,
            "pages": max(1, -(-total // wanted.per_page)),
        }
    )


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Role.OPERATOR)],
    openapi_extra=documented(TriggerInput),
)
async def create_trigger(
    *, request: Request, actor: Caller, role: CallerRole, body: JsonObject
) -> Response:
    """Make a trigger. Only this answer shows its secret."""
    parts = services(request)
    wanted = read_new(body, parts.actions)
    secret = wanted.secret or _make_secret(parts, wanted.fields.source)
    trigger = await parts.store.write(
        audit.recorded,
        partial(
            triggers.create,
            fields=wanted.fields,
            secret=secret,
            hook_token=Secret(parts.draw(HOOK_TOKEN_BYTES).hex()),
            cipher=parts.cipher,
            now=parts.clock.now(),
        ),
        actor=actor,
        action="trigger.create",
        target=_target,
        now=parts.clock.now(),
        name=wanted.fields.name,
    )
    await _after_change(parts, trigger.id, actor, action="create")
    shown = _shown(parts, trigger, role) | {"secret": secret.reveal()}
    return WireResponse(shown, status_code=201)


@router.get("/{trigger_id:int}", dependencies=[needs(Role.VIEWER)])
async def get_trigger(
    request: Request, trigger_id: TriggerPath, role: CallerRole
) -> Response:
    """Show one trigger."""
    parts = services(request)
    return WireResponse(_shown(parts, await find_trigger(parts, trigger_id), role))


@router.put(
    "/{trigger_id:int}",
    dependencies=[needs(Role.OPERATOR)],
    openapi_extra=documented(TriggerInput),
)
async def replace_trigger(
    *,
    request: Request,
    trigger_id: TriggerPath,
    actor: Caller,
    role: CallerRole,
    body: JsonObject,
) -> Response:
    """Replace a trigger. What is left out gets its default; tokens stay."""
    parts = services(request)
    stored = await find_trigger(parts, trigger_id)
    fields = read_change(body, stored, parts.actions)
    return WireResponse(
        _shown(parts, await _change(parts, stored, fields, actor=actor), role)
    )


@router.patch("/{trigger_id:int}", dependencies=[needs(Role.OPERATOR)])
async def patch_trigger(
    *,
    request: Request,
    trigger_id: TriggerPath,
    actor: Caller,
    role: CallerRole,
    body: JsonObject,
) -> Response:
    """Change some fields of a trigger, also inside ``settings``."""
    parts = services(request)
    stored = await find_trigger(parts, trigger_id)
    document = merged(_shown(parts, stored, role), body, stored)
    fields = read_change(document, stored, parts.actions)
    return WireResponse(
        _shown(parts, await _change(parts, stored, fields, actor=actor), role)
    )


@router.delete("/{trigger_id:int}", status_code=204, dependencies=[needs(Role.ADMIN)])
async def delete_trigger(
    request: Request, trigger_id: TriggerPath, actor: Caller
) -> Response:
    """Take a trigger out of use; its executions can still be read."""
    parts = services(request)
    now = parts.clock.now()
    await parts.store.write(
        audit.recorded,
        partial(triggers.delete, trigger_id=trigger_id, now=now),
        actor=actor,
        action="trigger.delete",
        target=lambda _: f"trigger:{trigger_id}",
        now=now,
    )
    await _after_change(parts, trigger_id, actor, action="delete")
    await _release_late(parts, trigger_id)
    return Response(status_code=204)


@router.post(
    "/{trigger_id:int}/regenerate-secret",
    dependencies=[needs(Role.ADMIN)],
    openapi_extra=documented(SecretInput),
)
async def regenerate_secret(
    *,
    request: Request,
    trigger_id: TriggerPath,
    actor: Caller,
    role: CallerRole,
    body: JsonObject,
) -> Response:
    """Give a trigger a new secret; the old one stays valid for an overlap."""
    parts = services(request)
    wanted = validated(SecretInput, body)
    source = (await find_trigger(parts, trigger_id)).source
    check_secret(source, wanted.secret)
    given = wanted.secret
    secret = Secret(given) if given else _make_secret(parts, source)
    trigger = await parts.store.write(
        audit.recorded,
        partial(
            triggers.rotate_secret,
            trigger_id=trigger_id,
            secret=secret,
            overlap=timedelta(hours=wanted.overlap_hours),
            cipher=parts.cipher,
            now=parts.clock.now(),
        ),
        actor=actor,
        action="trigger.regenerate_secret",
        target=_target,
        now=parts.clock.now(),
        overlap_hours=wanted.overlap_hours,
    )
    await _after_change(parts, trigger.id, actor, action="regenerate_secret")
    return WireResponse(_shown(parts, trigger, role) | {"secret": secret.reveal()})


async def find_trigger(parts: Services, trigger_id: TriggerId) -> Trigger:
    """Return a trigger as it is stored now.

    Raises:
        NotFoundError: There is no such trigger.
    """
    return await parts.store.read(
        triggers.get, trigger_id, cipher=parts.cipher, now=parts.clock.now()
    )


async def _change(
    parts: Services, stored: Trigger, fields: TriggerFields, *, actor: Actor
) -> Trigger:
    now = parts.clock.now()
    trigger = await parts.store.write(
        audit.recorded,
        partial(
            triggers.change,
            trigger_id=stored.id,
            fields=fields,
            cipher=parts.cipher,
            now=now,
        ),
        actor=actor,
        action="trigger.change",
        target=_target,
        now=now,
        changed=_changed_names(stored, fields),
    )
    await _after_change(parts, trigger.id, actor, action="change")
    if trigger.enabled and not stored.enabled:
        await _release_late(parts, trigger.id)
    return trigger


async def _release_late(parts: Services, trigger_id: TriggerId) -> None:
    """Release what was held again between the change and its being known here."""
    await parts.store.release_held(held_for=held.of_trigger(trigger_id))
    if parts.worker is not None:
        parts.worker.wake()


async def _after_change(
    parts: Services, trigger_id: TriggerId, actor: Actor, *, action: str
) -> None:
    await parts.triggers.load()
    parts.signals.emit(
        Name.TRIGGER_CHANGED, trigger_id=trigger_id, action=action, actor=actor.name
    )


def _changed_names(stored: Trigger, fields: TriggerFields) -> list[str]:
    """Return which fields differ. Names only: values may be secret."""
    return [
        name
        for name in TriggerFields.__dataclass_fields__
        if getattr(stored, name) != getattr(fields, name)
    ]


def _make_secret(parts: Services, source: str) -> Secret:
    return SOURCES[source].make_secret(parts.draw(SECRET_BYTES))


def _target(trigger: Trigger) -> str:
    return f"trigger:{trigger.id}"


def _shown(parts: Services, trigger: Trigger, role: Role) -> dict[str, Any]:
    return trigger_shown(trigger, public_url=parts.public_url(), role=role)
