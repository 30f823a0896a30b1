"""``/triggers``: which events run which action."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.model.ids import TriggerId
from recado.model.trigger import ActionType, Trigger
from recado.web.api.inputs import MAX_ID
from recado.web.dashboard.filters import address
from recado.web.dashboard.render import page
from recado.web.guard import needs
from recado.web.services import Services, services

PATH = "/triggers"
ROWS = 50

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRow:
    """One trigger in the list."""

    id: TriggerId
    name: str
    source: str
    action_type: ActionType
    enabled: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggersView:
    """Triggers, newest first. ``q`` is what their name or source must hold."""

    rows: tuple[TriggerRow, ...]
    q: str
    total: int
    newest: str
    older: str


@router.get(PATH, dependencies=[needs(Role.VIEWER)])
async def show(
    request: Request, before: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None
) -> Response:
    """Show one page of the list."""
    q = request.query_params.get("q", "").strip()
    view = triggers_view(services(request), q=q, before=before)
    return page(request, "triggers.html", view)


def triggers_view(parts: Services, *, q: str, before: int | None) -> TriggersView:
    """Return what the page shows; all triggers are in memory."""
    words = q.casefold()
    matching = [
        trigger
        for trigger in reversed(parts.triggers.every())
        if words in f"{trigger.name}\n{trigger.source}".casefold()
    ]
    rest = [one for one in matching if before is None or one.id < before]
    shown = rest[:ROWS]
    more = len(rest) > ROWS
    return TriggersView(
        rows=tuple(map(_row, shown)),
        q=q,
        total=len(matching),
        newest=address(PATH, {"q": q}) if before else "",
        older=address(PATH, {"q": q, "before": shown[-1].id}) if more else "",
    )


def _row(trigger: Trigger) -> TriggerRow:
    return TriggerRow(
        id=trigger.id,
        name=trigger.name,
        source=trigger.source,
        action_type=trigger.action_type,
        enabled=trigger.enabled,
        updated_at=trigger.updated_at,
    )
