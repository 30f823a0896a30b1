"""``/audit``: who did what, when, to what, from where; as a page and as a table."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from recado import wire
from recado.access.roles import Role
from recado.errors import InvalidError, Problem
from recado.store import audit, audit_pages
from recado.store.audit import AuditEntry
from recado.store.audit_pages import AuditFilter
from recado.web.api.inputs import MAX_ID
from recado.web.dashboard.render import page
from recado.web.guard import Caller, needs
from recado.web.services import Services, services

PAGE = 50
EXPORTED = 100_000
"""Entries in one file, at most."""

_COLUMNS = ("at", "actor", "action", "target", "source_ip", "details")

# What makes a spreadsheet take a text for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """The filter as it stands in the address; days are UTC, both included."""

    actor: str = ""
    action: str = ""
    target: str = ""
    since: str = ""
    until: str = ""

    def given(self) -> dict[str, str]:
        """Return what restricts."""
        pairs = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in pairs.items() if value}

    def to_filter(self) -> AuditFilter:
        """Return what is looked for.

        Raises:
            InvalidError: A day is none.
        """
        until = _day("until", self.until, plus=timedelta(days=1))
        return AuditFilter(
            actor=self.actor.strip(),
            action=self.action.strip(),
            target=self.target.strip(),
            since=_day("since", self.since),
            until=until,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """An entry with its details as one text."""

    entry: AuditEntry
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """Entries, newest first; ``newest`` and ``older`` are addresses or ""."""

    entries: tuple[ShownEntry, ...]
    query: AuditQuery
    newest: str
    older: str
    export: str


async def audit_view(
    parts: Services, query: AuditQuery, before: int | None
) -> AuditView:
    """Return a page of the log."""
    found = await parts.store.read(
        audit_pages.page, query.to_filter(), limit=PAGE, before=before
    )
    given = query.given()
    return AuditView(
        entries=tuple(
            ShownEntry(entry=one, details=_details(one)) for one in found.entries
        ),
        query=query,
        newest=_address("/audit", given) if before is not None else "",
        older=(
            ""
            if found.older is None
            else _address("/audit", given | {"before": str(found.older)})
        ),
        export=_address("/audit.csv", given),
    )


@router.get("/audit", dependencies=[needs(Role.ADMIN)])
async def show(
    request: Request, before: Annotated[int | None, Query(ge=1, le=MAX_ID)] = None
) -> Response:
    """Show a page of the log."""
    view = await audit_view(services(request), _query(request), before)
    return page(request, "audit.html", view)


@router.get("/audit.csv", dependencies=[needs(Role.ADMIN)])
async def export(request: Request, actor: Caller) -> Response:
    """Send what the filter matches as a table; that somebody took it is an entry."""
    parts, query = services(request), _query(request)
    wanted = query.to_filter()
    await parts.store.write(
        audit.note,
        actor,
        action="audit.export",
        target="audit",
        now=parts.clock.now(),
        filter=query.given(),
    )
    return StreamingResponse(
        _lines(parts, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="recado-audit.csv"'},
    )


async def _lines(parts: Services, wanted: AuditFilter) -> AsyncIterator[str]:
    yield csv_lines([_COLUMNS])
    before: int | None = None
    left = EXPORTED
    while left > 0:
        found = await parts.store.read(
            audit_pages.page, wanted, limit=min(1_000, left), before=before
        )
        yield csv_lines([_cells(one) for one in found.entries])
        left -= len(found.entries)
        if found.older is None:
            return
        before = found.older


def csv_lines(rows: list[tuple[str, ...]]) -> str:
    """Return rows as RFC 4180 has them; no cell is a formula to a spreadsheet."""
    out = io.StringIO()
    csv.writer(out).writerows([[_harmless(cell) for cell in row] for row in rows])
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell


def _cells(one: AuditEntry) -> tuple[str, ...]:
    at = one.at.astimezone(UTC).isoformat()
    return (at, one.actor, one.action, one.target, one.source_ip, _details(one))


def _details(one: AuditEntry) -> str:
    return wire.encode(one.details).decode() if one.details else ""


def _query(request: Request) -> AuditQuery:
    asked = request.query_params
    return AuditQuery(
        **{name: asked.get(name, "")[:200] for name in AuditQuery.__slots__}
    )


def _day(field: str, text: str, *, plus: timedelta = timedelta(0)) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + plus
    except (ValueError, OverflowError):
        raise InvalidError([Problem(field, "must be like 2026-01-31")]) from None


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
