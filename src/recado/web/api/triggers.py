"""Triggers: listed, made, changed, deleted, and their secrets rotated."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.model.trigger import Trigger
from recado.store import triggers
from recado.web import trigger_changes
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import (
    Input,
    JsonObject,
    TriggerPath,
    documented,
    validated,
)
from recado.web.api.shown import trigger_shown
from recado.web.api.trigger_input import SecretInput, TriggerInput, merged
from recado.web.guard import Caller, CallerRole, needs
from recado.web.services import Services, services
from recado.web.trigger_changes import find_trigger

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
    trigger, secret = await trigger_changes.create(parts, body, actor=actor)
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
    trigger = await trigger_changes.change(parts, stored, body, actor=actor)
    return WireResponse(_shown(parts, trigger, role))


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
    trigger = await trigger_changes.change(parts, stored, document, actor=actor)
    return WireResponse(_shown(parts, trigger, role))


@router.delete("/{trigger_id:int}", status_code=204, dependencies=[needs(Role.ADMIN)])
async def delete_trigger(
    request: Request, trigger_id: TriggerPath, actor: Caller
) -> Response:
    """Take a trigger out of use; its executions can still be read."""
    await trigger_changes.delete(services(request), trigger_id, actor=actor)
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
    trigger, secret = await trigger_changes.rotate_secret(
        parts, trigger_id, wanted, actor=actor
    )
    return WireResponse(_shown(parts, trigger, role) | {"secret": secret.reveal()})


def _shown(parts: Services, trigger: Trigger, role: Role) -> dict[str, Any]:
    return trigger_shown(trigger, public_url=parts.public_url(), role=role)
