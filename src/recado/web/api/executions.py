"""Executions: listed with filters, and one with its attempts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.model.ids import ExecutionId
from recado.store import executions
from recado.store.executions import ExecutionFilter
from recado.web.api.answers import WireResponse
from recado.web.api.execution_filter import ExecutionQuery, to_filter
from recado.web.api.inputs import ExecutionPath, Paged, TriggerPath
from recado.web.api.shown import attempt_shown, execution_shown
from recado.web.guard import Caller, needs
from recado.web.services import Services, services
from recado.web.trigger_changes import find_trigger

router = APIRouter(tags=["executions"])


@router.get("/api/executions", dependencies=[needs(Role.VIEWER)])
async def list_executions(
    request: Request, wanted: Annotated[ExecutionQuery, Query()], actor: Caller
) -> Response:
    """List executions, newest first.

    ``event_data`` is null from 64 KiB on: ``event_size`` tells how many bytes it has,
    and the execution by its id has it whole.
    """
    parts = services(request)
    await parts.payload_views.note(actor, "executions")
    return WireResponse(await _page(parts, wanted, to_filter(wanted)))


@router.get(
    "/api/triggers/{trigger_id:int}/executions", dependencies=[needs(Role.VIEWER)]
)
async def list_executions_of_trigger(
    request: Request,
    trigger_id: TriggerPath,
    wanted: Annotated[ExecutionQuery, Query()],
    *,
    actor: Caller,
) -> Response:
    """List a trigger's executions, newest first."""
    parts = services(request)
    await find_trigger(parts, trigger_id)
    await parts.payload_views.note(actor, "executions")
    only = wanted.model_copy(update={"trigger_id": trigger_id})
    return WireResponse(await _page(parts, wanted, to_filter(only)))


@router.get("/api/executions/{execution_id:int}", dependencies=[needs(Role.VIEWER)])
async def get_execution(
    request: Request, execution_id: ExecutionPath, actor: Caller
) -> Response:
    """Show one execution with its attempts. Reading its event is audited."""
    parts = services(request)
    found = await parts.store.read(executions.get, execution_id)
    await parts.payload_views.note(actor, f"execution:{execution_id}")
    attempts = [attempt_shown(attempt) for attempt in found.attempts]
    return WireResponse(execution_shown(found) | {"attempts": attempts})


async def _page(
    parts: Services, wanted: Paged, restricted: ExecutionFilter
) -> dict[str, Any]:
    before = None if wanted.cursor is None else ExecutionId(wanted.cursor)
    found = await parts.store.read(
        executions.page, restricted, limit=wanted.limit + 1, before=before
    )
    shown = found[: wanted.limit]
    return {
        "executions": [execution_shown(one) for one in shown],
        "next_cursor": str(shown[-1].id) if len(found) > len(shown) else None,
    }
