"""``/executions``: what was accepted, newest first, filtered by the address bar."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.model.category import Category
from recado.model.status import DEAD_LETTERS, Status
from recado.store import executions
from recado.store.executions import SEARCHED
from recado.web.api.execution_filter import to_filter
from recado.web.dashboard.filters import AskedFor, read_filter
from recado.web.dashboard.render import page, translator_of
from recado.web.dashboard.rows import ExecutionRow, TriggerName, execution_rows
from recado.web.guard import needs
from recado.web.services import Services, services

PATH = "/executions"
ROWS = 50
DEAD = ",".join(sorted(DEAD_LETTERS))

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChoices:
    """What the form offers. ``dead`` is the value for both kinds of dead letters."""

    dead: str
    statuses: tuple[Status, ...]
    categories: tuple[Category, ...]
    triggers: tuple[TriggerName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionsView:
    """A page of executions. ``older`` and ``newest`` are addresses, "" for none.

    ``searched`` is how many executions a text was looked for in, None when it was
    not. ``bulk`` leads to a bulk over the dead letters of this filter.
    """

    rows: tuple[ExecutionRow, ...]
    asked: AskedFor
    choices: FilterChoices
    newest: str
    older: str
    searched: int | None
    bulk: str


@router.get(PATH, dependencies=[needs(Role.VIEWER)])
async def show(request: Request) -> Response:
    """Show one page of the list."""
    asked = read_filter(request.query_params.multi_items())
    asked = asked.said_by(translator_of(request))
    view = await executions_view(services(request), asked)
    return page(request, "executions.html", view, status=400 if asked.problems else 200)


async def executions_view(parts: Services, asked: AskedFor) -> ExecutionsView:
    """Return what the page shows."""
    wanted = to_filter(asked.query)
    found = (
        []
        if asked.problems
        else await parts.store.read(
            executions.page, wanted, limit=ROWS + 1, before=asked.before
        )
    )
    shown = found[:ROWS]
    more = len(found) > ROWS
    is_dead = set(wanted.statuses) <= DEAD_LETTERS and bool(wanted.statuses)
    return ExecutionsView(
        rows=execution_rows(shown, parts.triggers),
        asked=asked,
        choices=filter_choices(parts),
        newest=asked.address(PATH) if asked.before else "",
        older=asked.address(PATH, cursor=shown[-1].id) if more else "",
        searched=SEARCHED if wanted.is_searched else None,
        bulk=asked.address("/bulk/new") if is_dead and shown else "",
    )


def filter_choices(parts: Services) -> FilterChoices:
    """Return what a filter can be set to."""
    return FilterChoices(
        dead=DEAD,
        statuses=tuple(Status),
        categories=tuple(Category),
        triggers=tuple(
            TriggerName(id=one.id, name=one.name) for one in parts.triggers.every()
        ),
    )
