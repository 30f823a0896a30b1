"""Replay and discard of many dead letters, and how far it is."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.store import audit, bulks, executions
from recado.store.audit import Actor
from recado.store.bulks import Bulk, BulkKind, BulkState
from recado.web.api.answers import WireResponse
from recado.web.api.execution_filter import BulkFilter, BulkInput, to_filter
from recado.web.api.inputs import JsonObject, RowPath, documented, validated
from recado.web.api.shown import bulk_shown
from recado.web.guard import Caller, needs
from recado.web.services import Services, services

router = APIRouter(tags=["dead letters"])


@router.post(
    "/api/executions/replay",
    status_code=202,
    dependencies=[needs(Role.OPERATOR)],
    openapi_extra=documented(BulkInput),
)
async def replay_many(request: Request, actor: Caller, body: JsonObject) -> Response:
    """Replay every dead letter that a filter matches."""
    return await _begin(services(request), BulkKind.REPLAY, body, actor=actor)


@router.post(
    "/api/executions/discard",
    status_code=202,
    dependencies=[needs(Role.OPERATOR)],
    openapi_extra=documented(BulkInput),
)
async def discard_many(request: Request, actor: Caller, body: JsonObject) -> Response:
    """Discard every dead letter that a filter matches."""
    return await _begin(services(request), BulkKind.DISCARD, body, actor=actor)


@router.get("/api/bulk/{bulk_id:int}", dependencies=[needs(Role.VIEWER)])
async def get_bulk(request: Request, bulk_id: RowPath) -> Response:
    """Show how far a bulk is."""
    return WireResponse(
        bulk_shown(await services(request).store.read(bulks.get, bulk_id))
    )


@router.post("/api/bulk/{bulk_id:int}/pause", dependencies=[needs(Role.OPERATOR)])
async def pause_bulk(request: Request, bulk_id: RowPath, actor: Caller) -> Response:
    """Let a bulk wait."""
    return await _change(services(request), bulk_id, BulkState.PAUSED, actor=actor)


@router.post("/api/bulk/{bulk_id:int}/resume", dependencies=[needs(Role.OPERATOR)])
async def resume_bulk(request: Request, bulk_id: RowPath, actor: Caller) -> Response:
    """Let a bulk that waits go on."""
    return await _change(services(request), bulk_id, BulkState.RUNNING, actor=actor)


@router.post("/api/bulk/{bulk_id:int}/cancel", dependencies=[needs(Role.OPERATOR)])
async def cancel_bulk(request: Request, bulk_id: RowPath, actor: Caller) -> Response:
    """End a bulk; what it did stays done."""
    return await _change(services(request), bulk_id, BulkState.CANCELLED, actor=actor)


async def _begin(
    parts: Services, kind: BulkKind, body: dict[str, Any], *, actor: Actor
) -> Response:
    wanted = validated(BulkInput, body)
    if wanted.dry_run:
        matched = await parts.store.read(
            executions.count, to_filter(wanted.filter).only_dead_letters()
        )
        return WireResponse({"matched": matched, "dry_run": True})
    bulk = await begin_bulk(parts, kind, wanted.filter, actor=actor)
    return WireResponse({"bulk_id": bulk.id, "matched": bulk.total}, status_code=202)


async def begin_bulk(
    parts: Services, kind: BulkKind, wanted: BulkFilter, *, actor: Actor
) -> Bulk:
    """Start a bulk over the dead letters that a filter matches now."""
    described = wanted.model_dump(mode="json", exclude_unset=True)
    bulk = await parts.bulk.begin(kind, described, actor=actor)
    await _note(parts, f"bulk.{kind}", bulk.id, actor=actor, matched=bulk.total)
    return bulk


async def change_bulk(
    parts: Services, bulk_id: int, state: BulkState, *, actor: Actor
) -> Bulk:
    """Pause, resume (RUNNING) or cancel a bulk.

    Raises:
        NotFoundError: There is no such bulk.
    """
    bulk = await parts.bulk.change(bulk_id, state)
    await _note(parts, f"bulk.{state}", bulk_id, actor=actor)
    return bulk


async def _change(
    parts: Services, bulk_id: int, state: BulkState, *, actor: Actor
) -> Response:
    return WireResponse(
        bulk_shown(await change_bulk(parts, bulk_id, state, actor=actor))
    )


async def _note(
    parts: Services, action: str, bulk_id: int, *, actor: Actor, **details: Any
) -> None:
    await parts.store.write(
        audit.note,
        actor,
        action,
        target=f"bulk:{bulk_id}",
        now=parts.clock.now(),
        **details,
    )
