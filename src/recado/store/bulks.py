"""Bulk replays and discards: what was asked for and how far it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, select

from recado.errors import NotFoundError
from recado.model.ids import ExecutionId
from recado.store import matching
from recado.store.matching import ExecutionFilter
from recado.store.tables import bulks, trigger_executions

_e = trigger_executions.c


class BulkKind(StrEnum):
    """What is done to each dead letter."""

    REPLAY = "replay"
    DISCARD = "discard"


class BulkState(StrEnum):
    """How far a bulk is."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """One bulk. ``done`` and ``failed`` add up to ``total`` at its end.

    ``last_id`` is the last dead letter that was dealt with, in order of ids.
    """

    id: int
    kind: BulkKind
    filter: dict[str, Any]
    state: BulkState
    actor: str
    total: int
    done: int
    failed: int
    last_id: int
    max_id: int
    created_at: datetime
    finished_at: datetime | None


def count_matching(conn: Connection, wanted: ExecutionFilter) -> int:
    """Return how many dead letters a bulk would deal with. Reads each of them."""
    return matching.count(conn, wanted.only_dead_letters())


def create(
    conn: Connection,
    *,
    kind: BulkKind,
    described: dict[str, Any],
    actor: str,
    now: datetime,
    total: int,
) -> Bulk:
    """Store a bulk over the dead letters that match now; later ones stay out.

    ``total`` is what ``count_matching`` said just before, off the writer's path.
    """
    newest = conn.execute(select(func.max(_e.id))).scalar() or 0
    result = conn.execute(
        bulks.insert().values(
            kind=kind,
            filter=described,
            state=BulkState.RUNNING,
            actor=actor,
            total=total,
            done=0,
            failed=0,
            last_id=0,
            max_id=newest,
            created_at=now,
        )
    )
    if result.inserted_primary_key is None:
        raise TypeError("the database gave no id")
    return get(conn, result.inserted_primary_key[0])


def get(conn: Connection, bulk_id: int) -> Bulk:
    """Return one bulk.

    Raises:
        NotFoundError: There is no such bulk.
    """
    row = conn.execute(select(bulks).where(bulks.c.id == bulk_id)).first()
    if row is None:
        raise NotFoundError(f"there is no bulk {bulk_id}")
    return _bulk(row)


def running(conn: Connection) -> list[Bulk]:
    """Return the bulks that are to go on, oldest first."""
    rows = conn.execute(
        select(bulks).where(bulks.c.state == BulkState.RUNNING).order_by(bulks.c.id)
    )
    return [_bulk(row) for row in rows]


def next_ids(
    conn: Connection, bulk: Bulk, wanted: ExecutionFilter, *, limit: int
) -> list[ExecutionId]:
    """Return the next dead letters of a bulk, in order of ids."""
    return matching.ids(
        conn,
        wanted.only_dead_letters(),
        _e.id > bulk.last_id,
        _e.id <= bulk.max_id,
        limit=limit,
        newest_first=False,
    )


def advance(
    conn: Connection, bulk_id: int, *, last_id: int, done: int, failed: int
) -> None:
    """Write down what was done since the last time."""
    conn.execute(
        bulks.update()
        .where(bulks.c.id == bulk_id)
        .values(
            last_id=last_id,
            done=bulks.c.done + done,
            failed=bulks.c.failed + failed,
        )
    )


def set_state(
    conn: Connection, bulk_id: int, state: BulkState, *, now: datetime
) -> Bulk:
    """Pause, resume, cancel or complete a bulk; an ended one stays as it is.

    Raises:
        NotFoundError: There is no such bulk.
    """
    ended = state in (BulkState.CANCELLED, BulkState.COMPLETED)
    conn.execute(
        bulks.update()
        .where(
            bulks.c.id == bulk_id,
            bulks.c.state.in_([BulkState.RUNNING, BulkState.PAUSED]),
        )
        .values(state=state, finished_at=now if ended else None)
    )
    return get(conn, bulk_id)


def _bulk(row: Row[Any]) -> Bulk:
    return Bulk(
        id=row.id,
        kind=BulkKind(row.kind),
        filter=row.filter,
        state=BulkState(row.state),
        actor=row.actor,
        total=row.total,
        done=row.done,
        failed=row.failed,
        last_id=row.last_id,
        max_id=row.max_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
