"""Deletes what is resolved and old, a few rows at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, select

from recado.errors import StoreError
from recado.model.ids import ExecutionId
from recado.model.status import DEAD_LETTERS, UNFINISHED, Status
from recado.store import idempotency
from recado.store.tables import events, execution_attempts, trigger_executions

RESOLVED = frozenset(Status) - UNFINISHED - DEAD_LETTERS

_e = trigger_executions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What one step deleted. ``last_id`` is where to go on; None: that was all."""

    executions: int
    payloads: int
    last_id: ExecutionId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """What went as whole stretches of ids.

    ``go_later`` are the first id of each stretch that will go whole some time soon,
    and the first one after it, lowest first: to delete from them row by row is wasted
    work. ``failed`` is why one of them did not go now.
    """

    executions: int = 0
    payloads: int = 0
    go_later: tuple[tuple[int, int], ...] = ()
    failed: StoreError | None = None


def prune(
    conn: Connection,
    *,
    within: tuple[int, int | None],
    ended_before: datetime,
    now: datetime,
    limit: int,
) -> Pruned:
    """Look at up to ``limit`` executions whose ids lie ``within``, ends not included.

    Of those that are resolved and ended before ``ended_before`` the payload goes, and
    the execution too unless its idempotency key still blocks. Dead letters stay, and
    so does whatever a replay was made of while the replay is there.
    """
    rows = conn.execute(_oldest(within, limit)).all()
    old = [row for row in rows if row.started_at < ended_before]
    ended = [row for row in old if _is_over(row, ended_before)]
    payloads = _delete_payloads(conn, [row.id for row in ended])
    gone = [row.id for row in ended if _blocks_no_key(row, now)]
    _delete_executions(conn, gone)
    is_all = len(old) < limit
    return Pruned(
        executions=len(gone),
        payloads=payloads,
        last_id=None if is_all else old[-1].id,
    )


def _oldest(within: tuple[int, int | None], limit: int) -> Any:
    after, before = within
    ends = [] if before is None else [_e.id < before]
    replays = trigger_executions.alias("replays")
    # The newest stays whatever it is: ids go on from it, and one that came again would
    # give a new message the name of an old one.
    newest = select(func.max(_e.id)).scalar_subquery()
    return (
        select(
            _e.id,
            _e.status,
            _e.started_at,
            _e.completed_at,
            _e.dedupe_until,
            exists().where(replays.c.replay_of == _e.id).label("has_replay"),
        )
        .where(_e.id > after, _e.id < newest, *ends)
        .order_by(_e.id)
        .limit(limit)
    )


def _is_over(row: Row[Any], ended_before: datetime) -> bool:
    return (
        Status(row.status) in RESOLVED
        and row.completed_at < ended_before
        and not row.has_replay
    )


def _blocks_no_key(row: Row[Any], now: datetime) -> bool:
    return row.dedupe_until is None or row.dedupe_until <= now


def _delete_payloads(conn: Connection, ids: Sequence[int]) -> int:
    if not ids:
        return 0
    return conn.execute(delete(events).where(events.c.id.in_(ids))).rowcount


def _delete_executions(conn: Connection, ids: Sequence[int]) -> None:
    if not ids:
        return
    of_them = execution_attempts.c.execution_id.in_(ids)
    conn.execute(delete(execution_attempts).where(of_them))
    idempotency.let_go(conn, ids)
    conn.execute(delete(trigger_executions).where(_e.id.in_(ids)))
