"""How it goes: numbers from the counters, whatever the size of the tables."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.observe.brokers import BrokerState
from recado.store import circuits, counters, executions
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import Input
from recado.web.guard import needs
from recado.web.services import services

DAY = timedelta(days=1)
DLQ_WATERMARK = 100
"""This many dead letters mean that something is broken, and not some messages."""

router = APIRouter(prefix="/api/triggers", tags=["stats"])


class StatsQuery(Input):
    """How many days back."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    days: Annotated[int, Field(ge=1, le=30)] = 1


@router.get("/stats", dependencies=[needs(Role.VIEWER)])
async def get_stats(
    request: Request, wanted: Annotated[StatsQuery, Query()]
) -> Response:
    """Show what was accepted in the last days, and what became of it."""
    parts = services(request)
    totals = await parts.store.read(
        counters.totals, now=parts.clock.now(), window=timedelta(days=wanted.days)
    )
    oldest = await parts.store.read(executions.oldest_dead_letter_at)
    circuits_open = await parts.store.read(circuits.count_open)
    happened = totals.happened
    return WireResponse(
        {
            "window_days": wanted.days,
            "total_executions": sum(totals.by_status.values()),
            "by_status": totals.by_status,
            "retries_observed": happened[counters.RETRIES],
            "idempotent_replays": happened[counters.IDEMPOTENT_REPLAYS],
            "filtered": happened[counters.FILTERED],
            "rejected": happened[counters.REJECTED],
            "unmatched": happened[counters.UNMATCHED],
            "replays": happened[counters.REPLAYS],
            "wpp_command_count": happened[counters.WPP_COMMANDS],
            "waiting": totals.waiting,
            "dlq_size": totals.dead_letters,
            "dlq_watermark": DLQ_WATERMARK,
            "circuits_open": circuits_open,
            "circuit_breaker_watermark_hit": is_watermark_hit(
                dead_letters=totals.dead_letters, circuits_open=circuits_open
            ),
            "oldest_dead_letter_at": oldest,
            "brokers": [_shown(one) for one in parts.brokers.every()],
        }
    )


def _shown(state: BrokerState) -> dict[str, Any]:
    return {
        "broker": state.broker,
        "connected": state.is_connected,
        "since": state.since,
        "consuming": state.consuming,
        "problem": state.problem or None,
    }


def is_watermark_hit(*, dead_letters: int, circuits_open: int) -> bool:
    """Tell whether somebody should look now."""
    return dead_letters >= DLQ_WATERMARK or circuits_open > 0
