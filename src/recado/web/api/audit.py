"""Who did what, when, to what, from where."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.store import audit
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import Paged
from recado.web.guard import needs
from recado.web.services import services

router = APIRouter(prefix="/api/audit", tags=["audit"])


@router.get("", dependencies=[needs(Role.ADMIN)])
async def list_entries(request: Request, wanted: Annotated[Paged, Query()]) -> Response:
    """List what was done, newest first."""
    found = await services(request).store.read(
        audit.newest, limit=wanted.limit + 1, before=wanted.cursor
    )
    shown = found[: wanted.limit]
    return WireResponse(
        {
            "entries": [asdict(entry) for entry in shown],
            "next_cursor": str(shown[-1].id) if len(found) > len(shown) else None,
        }
    )
