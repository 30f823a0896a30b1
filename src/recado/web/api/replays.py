"""Replay and discard: one dead letter."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.execution.discard import discard
from recado.execution.replay import replay
from recado.model.ids import ExecutionId
from recado.store.audit import Actor
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import ExecutionPath
from recado.web.guard import Caller, needs
from recado.web.services import Services, services

router = APIRouter(tags=["dead letters"])


@router.post(
    "/api/triggers/executions/{execution_id:int}/replay",
    dependencies=[needs(Role.OPERATOR)],
    operation_id="replay_execution_of_trigger",
)
@router.post(
    "/api/executions/{execution_id:int}/replay", dependencies=[needs(Role.OPERATOR)]
)
async def replay_execution(
    request: Request, execution_id: ExecutionPath, actor: Caller
) -> Response:
    """Run a dead letter's event again, as a new execution."""
    new_id = await replay_one(services(request), execution_id, actor=actor)
    return WireResponse({"status": "ok", "new_execution_id": new_id})


@router.post(
    "/api/executions/{execution_id:int}/discard", dependencies=[needs(Role.OPERATOR)]
)
async def discard_execution(
    request: Request, execution_id: ExecutionPath, actor: Caller
) -> Response:
    """Resolve a dead letter without running it again."""
    await discard_one(services(request), execution_id, actor=actor)
    return WireResponse({"status": "ok"})


async def replay_one(
    parts: Services, execution_id: ExecutionId, *, actor: Actor
) -> ExecutionId:
    """Replay a dead letter and return the new execution's id; see ``replay``."""
    return await replay(
        parts.store,
        execution_id,
        actor=actor,
        clock=parts.clock,
        signals=parts.signals,
        wake=parts.wake,
    )


async def discard_one(
    parts: Services, execution_id: ExecutionId, *, actor: Actor
) -> None:
    """Discard a dead letter; see ``discard``."""
    await discard(
        parts.store,
        execution_id,
        actor=actor,
        clock=parts.clock,
        signals=parts.signals,
    )
