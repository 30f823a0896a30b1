"""``/-/parts``: each part of the pages once, to look at while working on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.model.category import Category
from recado.model.status import Status
from recado.web.dashboard.render import page
from recado.web.guard import needs
from recado.web.services import services

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsView:
    """One example for each part."""

    statuses: tuple[Status, ...]
    categories: tuple[Category, ...]
    a_moment: datetime
    a_duration: timedelta
    a_payload: str


def parts_view(now: datetime) -> PartsView:
    """Return the examples."""
    return PartsView(
        statuses=tuple(Status),
        categories=tuple(Category),
        a_moment=now - timedelta(minutes=3, seconds=7),
        a_duration=timedelta(seconds=83.2),
        a_payload='{\n  "event": "Message",\n  "text": "<b>hello</b>"\n}',
    )


@router.get("/-/parts", dependencies=[needs(Role.ADMIN)])
async def show(request: Request) -> Response:
    """Show every part."""
    return page(request, "parts.html", parts_view(services(request).clock.now()))
