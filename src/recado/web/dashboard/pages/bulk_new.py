"""``/bulk/new``: what a replay or discard of many would do, before it does it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.errors import InvalidError, Problem
from recado.execution.bulk import AT_ONCE, PAUSE
from recado.execution.preview import Preview, preview
from recado.store import executions
from recado.store.bulks import BulkKind
from recado.store.matching import ExecutionFilter
from recado.web.api.bulks import begin_bulk
from recado.web.api.execution_filter import to_filter
from recado.web.dashboard.filters import (
    has_boxes,
    pairs_of,
    read_selection,
    ticked,
)
from recado.web.dashboard.forms import Submitted
from recado.web.dashboard.render import flash, page, redirect
from recado.web.dashboard.rows import ExecutionRow, execution_row
from recado.web.guard import Caller, needs
from recado.web.services import Services, services

EXAMPLES = 5

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One of the dead letters, and what the trigger would do with it now."""

    row: ExecutionRow
    preview: Preview | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBulkView:
    """What would happen. ``selection`` is what the form sends on, as pairs.

    ``restricts`` are the parts of the filter to be shown; () means every dead letter.
    """

    kind: BulkKind
    selection: list[tuple[str, str]]
    restricts: list[tuple[str, str]]
    chosen: int
    matched: int
    may_have_acted: int
    takes: timedelta
    examples: tuple[Example, ...]


@router.get("/bulk/new", dependencies=[needs(Role.OPERATOR)])
async def show(request: Request, kind: Annotated[BulkKind, Query()]) -> Response:
    """Show what the bulk would do."""
    pairs = request.query_params.multi_items()
    view = await new_bulk_view(services(request), kind, pairs)
    return page(request, "bulk_new.html", view)


@router.post("/bulk", dependencies=[needs(Role.OPERATOR)])
async def add(request: Request, form: Submitted, actor: Caller) -> Response:
    """Start the bulk, and lead to its progress."""
    if form.text("kind") not in list(BulkKind):
        raise InvalidError([Problem("kind", "is not known")])
    selection = read_selection(form.pairs)
    kind = BulkKind(form.text("kind"))
    bulk = await begin_bulk(services(request), kind, selection, actor=actor)
    return redirect(f"/bulk/{bulk.id}", flash=flash(f"bulk_{kind}"))


async def new_bulk_view(
    parts: Services, kind: BulkKind, pairs: list[tuple[str, str]]
) -> NewBulkView:
    """Return what the page shows."""
    if has_boxes(pairs) and not ticked(pairs):
        return _nothing(kind)
    selection = read_selection(pairs)
    sent = pairs_of(selection)
    wanted = to_filter(selection).only_dead_letters()
    matched = await parts.store.read(executions.count, wanted)
    acted = await parts.store.read(executions.count, wanted, may_have_acted=True)
    return NewBulkView(
        kind=kind,
        selection=sent,
        restricts=[(name, value) for name, value in sent if name != "ids"],
        chosen=len(selection.ids),
        matched=matched,
        may_have_acted=acted,
        takes=timedelta(seconds=matched / AT_ONCE * PAUSE),
        examples=await _examples(parts, wanted),
    )


def _nothing(kind: BulkKind) -> NewBulkView:
    return NewBulkView(
        kind=kind,
        selection=[],
        restricts=[],
        chosen=0,
        matched=0,
        may_have_acted=0,
        takes=timedelta(0),
        examples=(),
    )


async def _examples(parts: Services, wanted: ExecutionFilter) -> tuple[Example, ...]:
    found = await parts.store.read(executions.page, wanted, limit=EXAMPLES)
    examples = []
    for one in found:
        trigger = parts.triggers.find(one.trigger_id)
        document = one.event_data
        examples.append(
            Example(
                row=execution_row(one, parts.triggers),
                preview=preview(trigger, document) if trigger and document else None,
            )
        )
    return tuple(examples)
