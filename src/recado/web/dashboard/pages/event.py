"""``/executions/{id}/event``: the event as it came, masked; looking is written down."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado import wire
from recado.access.roles import Role
from recado.model.ids import ExecutionId
from recado.model.redact import masked
from recado.store import executions
from recado.web.api.inputs import ExecutionPath
from recado.web.dashboard.render import page
from recado.web.guard import Caller, needs
from recado.web.services import services

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """An event. ``facts`` are what Recado read in it; ``data`` is the rest, as JSON.

    ``data`` is "" when the event was deleted.
    """

    execution_id: ExecutionId
    facts: dict[str, str]
    data: str


@router.get("/executions/{execution_id:int}/event", dependencies=[needs(Role.VIEWER)])
async def show(
    request: Request, execution_id: ExecutionPath, actor: Caller
) -> Response:
    """Show the event, and write down who looked at it."""
    parts = services(request)
    found = await parts.store.read(executions.get, execution_id)
    await parts.payload_views.note(actor, f"execution:{execution_id}")
    return page(request, "event.html", event_view(execution_id, found.event_data))


def event_view(execution_id: ExecutionId, document: bytes | None) -> EventView:
    """Return what the page shows; masked again, whatever was stored."""
    if document is None:
        return EventView(execution_id=execution_id, facts={}, data="")
    event = masked(wire.decode(document))
    facts = {
        name: str(value)
        for name, value in event.items()
        if value and not isinstance(value, dict | list)
    }
    rest = {name: value for name, value in event.items() if name not in facts}
    return EventView(
        execution_id=execution_id,
        facts=facts,
        data=wire.encode_pretty(rest).decode(),
    )
