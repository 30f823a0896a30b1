"""What was not stored of a trigger's deliveries, why, and its way back in."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.intake.quarantine import Retried
from recado.model.ids import TriggerId
from recado.store import audit, counters, rejections
from recado.store.audit import Actor
from recado.store.rejections import Rejection
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import Paged, TriggerPath
from recado.web.api.stats import StatsQuery
from recado.web.guard import Caller, needs
from recado.web.services import Services, services
from recado.web.trigger_changes import find_trigger

router = APIRouter(tags=["rejections"])


class RejectionQuery(Paged):
    """A page of rejections; with ``quarantined`` only what can be judged again."""

    quarantined: bool = False


@router.get(
    "/api/triggers/{trigger_id:int}/rejections", dependencies=[needs(Role.VIEWER)]
)
async def list_rejections(
    request: Request,
    trigger_id: TriggerPath,
    wanted: Annotated[RejectionQuery, Query()],
) -> Response:
    """List deliveries to a trigger that were not accepted, newest first."""
    parts = services(request)
    await find_trigger(parts, trigger_id)
    found = await parts.store.read(
        rejections.newest,
        trigger_id,
        limit=wanted.limit + 1,
        before=wanted.cursor,
        only_quarantined=wanted.quarantined,
    )
    shown = found[: wanted.limit]
    return WireResponse(
        {
            "rejections": [_rejection_shown(one) for one in shown],
            "next_cursor": str(shown[-1].id) if len(found) > len(shown) else None,
        }
    )


@router.get(
    "/api/triggers/{trigger_id:int}/deliveries", dependencies=[needs(Role.VIEWER)]
)
async def list_deliveries(
    request: Request, trigger_id: TriggerPath, wanted: Annotated[StatsQuery, Query()]
) -> Response:
    """Count what became of a trigger's deliveries; show the last that were not stored.

    The last ones are filtered and duplicate deliveries since the server started;
    rejected ones are listed under ``rejections``.
    """
    parts = services(request)
    await find_trigger(parts, trigger_id)
    counted = await parts.store.read(
        counters.of_trigger_since,
        trigger_id,
        since=parts.clock.now() - timedelta(days=wanted.days),
    )
    last = [asdict(one) for one in parts.intake.recent.of_trigger(trigger_id)]
    return WireResponse({"window_days": wanted.days, **counted, "last": last})


@router.post(
    "/api/triggers/{trigger_id:int}/quarantine/retry",
    dependencies=[needs(Role.OPERATOR)],
)
async def retry_quarantine(
    request: Request, trigger_id: TriggerPath, actor: Caller
) -> Response:
    """Verify what is in quarantine again, and accept what passes now."""
    parts = services(request)
    retried = await retry_rejected(parts, trigger_id, actor=actor)
    return WireResponse(asdict(retried))


async def retry_rejected(
    parts: Services, trigger_id: TriggerId, *, actor: Actor
) -> Retried:
    """Verify what is in a trigger's quarantine again, and write down who asked.

    Raises:
        NotFoundError: There is no such trigger.
    """
    trigger = await find_trigger(parts, trigger_id)
    retried = await parts.intake.quarantine.retry(trigger)
    await parts.store.write(
        audit.note,
        actor,
        "trigger.quarantine_retry",
        target=f"trigger:{trigger_id}",
        now=parts.clock.now(),
        **asdict(retried),
    )
    return retried


def _rejection_shown(one: Rejection) -> dict[str, Any]:
    return {
        "id": one.id,
        "received_at": one.received_at,
        "reason": one.reason,
        "source_ip": one.source_ip,
        "headers": one.headers,
        "size": one.size,
        "quarantined": one.quarantined,
    }
