"""``/dead-letters/{fingerprint}``: the dead letters of one cause."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.errors import InvalidError, Problem
from recado.model.ids import TriggerId
from recado.store import executions
from recado.store.executions import DeadLetterGroup
from recado.web.api.execution_filter import NO_FINGERPRINT, to_filter
from recado.web.dashboard.filters import AskedFor, address, read_filter
from recado.web.dashboard.pages.executions import ROWS
from recado.web.dashboard.render import page
from recado.web.dashboard.rows import (
    ExecutionRow,
    GroupRow,
    TriggerName,
    execution_rows,
    group_row,
    trigger_name,
)
from recado.web.guard import needs
from recado.web.services import Services, services

PATH = "/dead-letters/{fingerprint:str}"
NARROWS = ("trigger_id", "cursor")
"""What the address may hold besides: the counts and buttons keep to it."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A group with a page of its executions. ``group`` is None when all is resolved.

    ``bulk`` leads to a bulk over the whole group. ``only`` is the trigger that it is
    narrowed to.
    """

    fingerprint: str
    group: GroupRow | None
    rows: tuple[ExecutionRow, ...]
    newest: str
    older: str
    bulk: str
    only: TriggerName | None


@router.get(PATH, dependencies=[needs(Role.VIEWER)])
async def show(request: Request, fingerprint: str) -> Response:
    """Show one group."""
    asked = request.query_params
    pairs = [(name, asked[name]) for name in NARROWS if name in asked]
    read = read_filter([*pairs, ("fingerprint", fingerprint)])
    if read.problems:
        raise InvalidError([Problem(*one) for one in read.problems.items()])
    view = await group_view(services(request), read, fingerprint)
    return page(request, "dead_letter_group.html", view)


async def group_view(parts: Services, asked: AskedFor, fingerprint: str) -> GroupView:
    """Return what the page shows."""
    wanted = to_filter(asked.query).only_dead_letters()
    group = await _find_group(parts, fingerprint, wanted.trigger_id)
    found = await parts.store.read(
        executions.page, wanted, limit=ROWS + 1, before=asked.before
    )
    shown = found[:ROWS]
    only = wanted.trigger_id
    path = f"/dead-letters/{fingerprint}"
    return GroupView(
        fingerprint=fingerprint,
        group=None if group is None else group_row(group, parts.triggers),
        rows=execution_rows(shown, parts.triggers),
        newest=address(path, {"trigger_id": only}) if asked.before else "",
        older=(
            address(path, {"trigger_id": only, "cursor": shown[-1].id})
            if len(found) > ROWS
            else ""
        ),
        bulk=asked.address("/bulk/new"),
        only=None if only is None else trigger_name(only, parts.triggers),
    )


async def _find_group(
    parts: Services, fingerprint: str, only: TriggerId | None
) -> DeadLetterGroup | None:
    named = "" if fingerprint == NO_FINGERPRINT else fingerprint
    groups = await parts.store.read(
        executions.dead_letter_groups, fingerprint=named, trigger_id=only
    )
    return groups[0] if groups else None
