"""``/dead-letters``: what failed for good, grouped by cause."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.model.category import Category
from recado.model.ids import TriggerId
from recado.store import executions
from recado.web.dashboard.filters import AskedFor, address, read_filter
from recado.web.dashboard.pages.executions import DEAD, FilterChoices, filter_choices
from recado.web.dashboard.render import page, translator_of
from recado.web.dashboard.rows import GroupRow, group_row
from recado.web.guard import needs
from recado.web.services import Services, services

PATH = "/dead-letters"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLettersView:
    """Groups of dead letters, the largest first. ``total`` is of those shown.

    ``every`` leads to the same dead letters one by one.
    """

    groups: tuple[GroupRow, ...]
    total: int
    oldest_at: datetime | None
    asked: AskedFor
    choices: FilterChoices
    every: str

    def address(self, path: str, **more: object) -> str:
        """Return a path that counts what is counted here: of the same trigger."""
        return address(path, {**more, "trigger_id": self.asked.query.trigger_id})


@router.get(PATH, dependencies=[needs(Role.VIEWER)])
async def show(request: Request) -> Response:
    """Show the groups."""
    asked = read_filter(request.query_params.multi_items())
    asked = asked.said_by(translator_of(request))
    view = await dead_letters_view(services(request), asked)
    status = 400 if asked.problems else 200
    return page(request, "dead_letters.html", view, status=status)


async def dead_letters_view(parts: Services, asked: AskedFor) -> DeadLettersView:
    """Return what the page shows."""
    only, category = asked.query.trigger_id, asked.query.category
    groups = [
        group_row(group, parts.triggers)
        for group in await parts.store.read(
            executions.dead_letter_groups,
            trigger_id=None if only is None else TriggerId(only),
        )
        if _is_of(category, group.category)
    ]
    return DeadLettersView(
        groups=tuple(groups),
        total=sum(group.count for group in groups),
        oldest_at=min((group.first_at for group in groups), default=None),
        asked=asked,
        choices=filter_choices(parts),
        every=asked.address("/executions", status=DEAD),
    )


def _is_of(wanted: Category | None, category: Category | None) -> bool:
    # a fingerprint is made of the category too, so a group has only one
    return wanted is None or category is wanted
