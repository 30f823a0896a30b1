"""Circuits that are not closed, so that a restart does not storm a destination."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from recado.store import matching
from recado.store.tables import circuits, trigger_executions


def save(
    conn: Connection, destination: str, state: dict[str, Any] | None, *, now: datetime
) -> None:
    """Keep a circuit's state; None forgets it, because it is closed."""
    conn.execute(delete(circuits).where(circuits.c.destination == destination))
    if state is not None:
        conn.execute(
            circuits.insert().values(
                destination=destination, state=state, updated_at=now
            )
        )


def replace(
    conn: Connection,
    destination: str,
    *,
    old: dict[str, Any],
    new: dict[str, Any],
    now: datetime,
) -> bool:
    """Change a circuit's state if it still is ``old``; tells whether it was."""
    changed = conn.execute(
        update(circuits)
        .where(circuits.c.destination == destination, circuits.c.state == old)
        .values(state=new, updated_at=now)
    )
    return changed.rowcount == 1


def every(conn: Connection) -> dict[str, dict[str, Any]]:
    """Return the state of every circuit that is not closed."""
    rows = conn.execute(select(circuits.c.destination, circuits.c.state))
    return {row.destination: row.state for row in rows}


def count_open(conn: Connection) -> int:
    """Return how many circuits are not closed."""
    return conn.execute(select(func.count()).select_from(circuits)).scalar_one()


def held_for_triggers(conn: Connection) -> list[str]:
    """Return the triggers, as ``trigger:ID``, that executions are held for."""
    held_for = trigger_executions.c.held_for
    found = conn.execute(
        select(held_for)
        .where(trigger_executions.c.status == "held", held_for.like("trigger:%"))
        .distinct()
    )
    return list(found.scalars())


def held_counts(conn: Connection) -> dict[str, int]:
    """Return how many executions are held, by what they are held for.

    Reads each of them, from an index that holds nothing else.
    """
    held_for = trigger_executions.c.held_for
    found = conn.execute(
        select(held_for, func.count())
        .where(matching.literally("status = 'held'"), held_for.is_not(None))
        .group_by(held_for)
    )
    return {row.held_for: row[1] for row in found}
