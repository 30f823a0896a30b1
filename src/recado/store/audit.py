"""Who did what, when, to what, from where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from recado.store.tables import audit

T = TypeVar("T")

LOOKED_AT = 20_000
"""How many entries are looked at for the changes of one thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something: a key's or a person's name, and their address."""

    name: str
    source_ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that somebody did."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    details: dict[str, Any]
    source_ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Which fields of something were changed, by whom and when."""

    at: datetime
    actor: str
    fields: tuple[str, ...]


def note(
    conn: Connection,
    actor: Actor,
    /,
    action: str,
    *,
    target: str,
    now: datetime,
    **details: Any,
) -> None:
    """Write down an action, in the transaction that does it."""
    conn.execute(
        audit.insert().values(
            at=now,
            actor=actor.name,
            action=action,
            target=target,
            details=details,
            source_ip=actor.source_ip,
        )
    )


def recorded(
    conn: Connection,
    change: Callable[[Connection], T],
    *,
    actor: Actor,
    action: str,
    target: Callable[[T], str],
    now: datetime,
    **details: Any,
) -> T:
    """Make a change and write it down, in one transaction.

    ``target`` names what was changed, from what the change returned.
    """
    done = change(conn)
    note(conn, actor, action, target=target(done), now=now, **details)
    return done


def newest(
    conn: Connection, *, limit: int, before: int | None = None
) -> list[AuditEntry]:
    """Return entries, newest first, older than the id ``before``."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.id < before)
    return [AuditEntry(**row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)


def changes_of(conn: Connection, target: str, *, since: datetime) -> list[Change]:
    """Return when a target was changed, newest first, and which of its fields.

    Looks at the newest ``LOOKED_AT`` entries only.
    """
    newest_id = conn.execute(select(func.max(audit.c.id))).scalar() or 0
    found = conn.execute(
        select(audit.c.at, audit.c.actor, audit.c.details)
        .where(
            audit.c.id > newest_id - LOOKED_AT,
            audit.c.target == target,
            audit.c.action.endswith(".change"),
            audit.c.at >= since,
        )
        .order_by(audit.c.id.desc())
        .limit(20)
    )
    return [
        Change(at=row.at, actor=row.actor, fields=tuple(row.details.get("changed", ())))
        for row in found
    ]
