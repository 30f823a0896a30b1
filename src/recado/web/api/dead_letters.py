"""Dead letters, grouped by what caused them."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.model.ids import TriggerId
from recado.store import counters, executions
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import Input, RowId
from recado.web.api.shown import group_shown
from recado.web.api.stats import DAY
from recado.web.guard import needs
from recado.web.services import services

router = APIRouter(prefix="/api/dead-letters", tags=["dead letters"])


class GroupQuery(Input):
    """Of one trigger, or of all."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    trigger_id: RowId | None = None


@router.get("", dependencies=[needs(Role.VIEWER)])
async def list_groups(
    request: Request, wanted: Annotated[GroupQuery, Query()]
) -> Response:
    """List groups of dead letters, the largest first."""
    parts = services(request)
    only = None if wanted.trigger_id is None else TriggerId(wanted.trigger_id)
    groups = await parts.store.read(executions.dead_letter_groups, trigger_id=only)
    if only is None:
        counted = await parts.store.read(
            counters.totals, now=parts.clock.now(), window=DAY
        )
        total = counted.dead_letters
    else:
        total = sum(group.count for group in groups)
    return WireResponse(
        {"groups": [group_shown(group) for group in groups], "total": total}
    )
