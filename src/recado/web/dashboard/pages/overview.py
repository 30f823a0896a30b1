"""``/``: is it healthy, and if not, what is wrong."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.store import activity, circuits, counters, executions
from recado.store.activity import Slot
from recado.store.counters import Totals
from recado.web.api.stats import DLQ_WATERMARK, is_watermark_hit
from recado.web.dashboard.chart import Chart, stacked
from recado.web.dashboard.destinations import Destination, destinations_of
from recado.web.dashboard.render import page
from recado.web.dashboard.rows import GroupRow, group_row
from recado.web.guard import needs
from recado.web.services import Services, services

HOUR = timedelta(hours=1)
FIVE_MINUTES = timedelta(minutes=5)
CAUSES = 5

router = APIRouter(include_in_schema=False)


class Window(StrEnum):
    """How far back the numbers go."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


LENGTHS = {Window.HOUR: HOUR, Window.DAY: 24 * HOUR, Window.WEEK: 168 * HOUR}


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewView:
    """How it goes. Counts are since ``since``; what waits and is dead is of now.

    ``needs_help`` tells whether somebody should look now.
    """

    window: Window
    windows: tuple[Window, ...]
    since: datetime
    now: datetime
    accepted: int
    duplicates: int
    completed: int
    rejected: int
    waiting: int
    dead_letters: int
    oldest_dead_letter_at: datetime | None
    needs_help: bool
    watermark: int
    circuits_open: int
    slots: tuple[Slot, ...]
    chart: Chart
    causes: tuple[GroupRow, ...]
    destinations: tuple[Destination, ...]
    has_triggers: bool


@router.get("/", dependencies=[needs(Role.VIEWER)])
async def show(request: Request) -> Response:
    """Show how it goes; an unknown window is the day."""
    asked = request.query_params.get("window", "")
    window = Window(asked) if asked in list(Window) else Window.DAY
    view = await overview_view(services(request), window)
    return page(request, "overview.html", view)


async def overview_view(parts: Services, window: Window) -> OverviewView:
    """Return what the page shows."""
    now = parts.clock.now()
    read: Callable[..., Any] = parts.store.read
    totals: Totals = await read(counters.totals, now=now, window=LENGTHS[window])
    slots: Sequence[Slot] = await _slots(parts, window, now=now)
    groups = await read(executions.dead_letter_groups)
    newest = sorted(groups, key=lambda group: group.last_at, reverse=True)[:CAUSES]
    states = await read(circuits.every)
    waiting = await read(circuits.held_counts)
    return OverviewView(
        window=window,
        windows=tuple(Window),
        since=slots[0].since,
        now=now,
        accepted=sum(totals.by_status.values()),
        duplicates=totals.happened[counters.IDEMPOTENT_REPLAYS],
        completed=totals.by_status["completed"],
        rejected=totals.happened[counters.REJECTED],
        waiting=totals.waiting,
        dead_letters=totals.dead_letters,
        oldest_dead_letter_at=await read(executions.oldest_dead_letter_at),
        needs_help=is_watermark_hit(
            dead_letters=totals.dead_letters, circuits_open=len(states)
        ),
        watermark=DLQ_WATERMARK,
        circuits_open=len(states),
        slots=tuple(slots),
        chart=stacked([_bar(slot) for slot in slots]),
        causes=tuple(group_row(group, parts.triggers) for group in newest),
        destinations=destinations_of(
            parts.triggers.every(), parts.actions, states=states, waiting=waiting
        ),
        has_triggers=bool(parts.triggers.every()),
    )


async def _slots(parts: Services, window: Window, *, now: datetime) -> list[Slot]:
    if window is Window.HOUR:
        last = now + timedelta(microseconds=1)
        bounds = [last - FIVE_MINUTES * step for step in range(12, -1, -1)]
        return await parts.store.read(activity.by_minutes, bounds)
    hours_each = 1 if window is Window.DAY else 6
    slots = LENGTHS[window] // HOUR // hours_each
    return await parts.store.read(
        activity.by_hours, until=now, slots=slots, hours_each=hours_each
    )


def _bar(slot: Slot) -> list[tuple[str, int]]:
    return [
        ("resolved", slot.resolved),
        ("unfinished", slot.unfinished),
        ("dead", slot.dead_letters),
    ]
