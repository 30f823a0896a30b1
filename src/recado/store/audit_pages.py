"""The audit log read page by page, with filters, at a bounded cost."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from recado.store.audit import AuditEntry
from recado.store.tables import audit

LOOKED_AT = 20_000
"""How many entries one page looks at; what is older has to be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries; what is "" or None does not restrict.

    ``actor``, ``action`` and ``target`` are parts of the texts, whatever their case.
    ``since`` is included, ``until`` is not.
    """

    actor: str = ""
    action: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Entries, newest first. ``older`` is where the next page begins; None at the end.

    A page may be short, or empty, and not be the last: no more was looked at.
    """

    entries: tuple[AuditEntry, ...]
    older: int | None


def page(
    conn: Connection, wanted: AuditFilter, *, limit: int, before: int | None = None
) -> AuditPage:
    """Return up to ``limit`` matching entries older than the id ``before``."""
    first, end = _bounds(conn, wanted)
    end = end if before is None else min(before, end)
    floor = max(first, end - LOOKED_AT)
    query = (
        select(audit)
        .where(audit.c.id < end, audit.c.id >= floor, *_tests(wanted))
        .order_by(audit.c.id.desc())
        .limit(limit + 1)
    )
    found = [AuditEntry(**row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)
    if len(found) > limit:
        return AuditPage(entries=tuple(found[:limit]), older=found[limit - 1].id)
    return AuditPage(entries=tuple(found), older=floor if floor > first else None)


def _bounds(conn: Connection, wanted: AuditFilter) -> tuple[int, int]:
    """Return the first id of a filter's time and the id after its last."""
    # two queries: SQLite finds both ends at once only by walking the table
    most = conn.execute(select(func.max(audit.c.id))).scalar()
    least = conn.execute(select(func.min(audit.c.id))).scalar()
    if least is None or most is None:
        return 1, 1
    first = least if wanted.since is None else _first_from(conn, wanted.since, most)
    end = most + 1 if wanted.until is None else _first_from(conn, wanted.until, most)
    return first, end


def _first_from(conn: Connection, moment: datetime, most: int) -> int:
    """Return the id of the first entry from a moment on: times grow with the ids."""
    low, high = 1, most + 1
    while low < high:
        middle = (low + high) // 2
        row = conn.execute(
            select(audit.c.id, audit.c.at)
            .where(audit.c.id >= middle)
            .order_by(audit.c.id)
            .limit(1)
        ).one()
        if row.at < moment:
            low = row.id + 1
        else:
            high = middle
    return low


def _tests(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    for column, part in (
        (audit.c.actor, wanted.actor),
        (audit.c.action, wanted.action),
        (audit.c.target, wanted.target),
    ):
        if part:
            yield column.icontains(part, autoescape=True)
