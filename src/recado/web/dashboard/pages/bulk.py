"""``/bulk/{id}``: how far a replay or discard of many is; pause, go on, cancel."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.errors import InvalidError, Problem
from recado.store import bulks
from recado.store.bulks import Bulk, BulkKind, BulkState
from recado.web.api.bulks import change_bulk
from recado.web.api.inputs import RowPath
from recado.web.dashboard.forms import Submitted
from recado.web.dashboard.render import page, redirect
from recado.web.guard import Caller, needs
from recado.web.services import services

ASKED_FOR = (BulkState.PAUSED, BulkState.RUNNING, BulkState.CANCELLED)
"""What a button can ask for."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkView:
    """How far a bulk is. ``left`` is how long the rest takes, None when not known."""

    id: int
    kind: BulkKind
    state: BulkState
    actor: str
    total: int
    done: int
    failed: int
    worked: int
    created_at: datetime
    finished_at: datetime | None
    left: timedelta | None
    is_over: bool


@router.get("/bulk/{bulk_id:int}", dependencies=[needs(Role.VIEWER)])
async def show(request: Request, bulk_id: RowPath) -> Response:
    """Show how far it is."""
    parts = services(request)
    found = await parts.store.read(bulks.get, bulk_id)
    return page(request, "bulk.html", bulk_view(found, now=parts.clock.now()))


@router.post("/bulk/{bulk_id:int}/state", dependencies=[needs(Role.OPERATOR)])
async def change(
    *, request: Request, bulk_id: RowPath, form: Submitted, actor: Caller
) -> Response:
    """Pause, go on, or cancel."""
    if form.text("state") not in ASKED_FOR:
        raise InvalidError([Problem("state", "is not known")])
    state = BulkState(form.text("state"))
    await change_bulk(services(request), bulk_id, state, actor=actor)
    return redirect(f"/bulk/{bulk_id}")


def bulk_view(bulk: Bulk, *, now: datetime) -> BulkView:
    """Return what the page shows."""
    worked = bulk.done + bulk.failed
    is_over = bulk.state in (BulkState.COMPLETED, BulkState.CANCELLED)
    return BulkView(
        id=bulk.id,
        kind=bulk.kind,
        state=bulk.state,
        actor=bulk.actor,
        total=bulk.total,
        done=bulk.done,
        failed=bulk.failed,
        worked=worked,
        created_at=bulk.created_at,
        finished_at=bulk.finished_at,
        left=_left(bulk, worked, now=now) if bulk.state is BulkState.RUNNING else None,
        is_over=is_over,
    )


def _left(bulk: Bulk, worked: int, *, now: datetime) -> timedelta | None:
    if not worked:
        return None
    rest = max(0, bulk.total - worked)
    return (now - bulk.created_at) / worked * rest
