"""``/dead-letters/{fingerprint}``: the dead letters of one cause."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.store import executions
from recado.store.executions import DeadLetterGroup
from recado.web.api.execution_filter import NO_FINGERPRINT, to_filter
from recado.web.dashboard.filters import AskedFor, read_filter
from recado.web.dashboard.pages.executions import ROWS
from recado.web.dashboard.render import page
from recado.web.dashboard.rows import (
    ExecutionRow,
    GroupRow,
    execution_rows,
    group_row,
)
from recado.web.guard import needs
from recado.web.services import Services, services

PATH = "/dead-letters/{fingerprint:str}"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A group with a page of its executions. ``group`` is None when all is resolved.

    ``bulk`` leads to a bulk over the whole group.
    """

    fingerprint: str
    group: GroupRow | None
    rows: tuple[ExecutionRow, ...]
    newest: str
    older: str
    bulk: str


@router.get(PATH, dependencies=[needs(Role.VIEWER)])
async def show(request: Request, fingerprint: str) -> Response:
    """Show one group."""
    pairs = [
        *request.query_params.multi_items(),
        ("fingerprint", fingerprint),
    ]
    view = await group_view(services(request), read_filter(pairs), fingerprint)
    return page(request, "dead_letter_group.html", view)


async def group_view(parts: Services, asked: AskedFor, fingerprint: str) -> GroupView:
    """Return what the page shows."""
    wanted = to_filter(asked.query).only_dead_letters()
    group = await _find_group(parts, fingerprint)
    found = await parts.store.read(
        executions.page, wanted, limit=ROWS + 1, before=asked.before
    )
    shown = found[:ROWS]
    path = f"/dead-letters/{fingerprint}"
    return GroupView(
        fingerprint=fingerprint,
        group=None if group is None else group_row(group, parts.triggers),
        rows=execution_rows(shown, parts.triggers),
        newest=path if asked.before else "",
        older=f"{path}?cursor={shown[-1].id}" if len(found) > ROWS else "",
        bulk=asked.address("/bulk/new"),
    )


async def _find_group(parts: Services, fingerprint: str) -> DeadLetterGroup | None:
    named = "" if fingerprint == NO_FINGERPRINT else fingerprint
    groups = await parts.store.read(executions.dead_letter_groups, fingerprint=named)
    return groups[0] if groups else None
