"""Replay and discard of dead letters: one transaction each, checked and audited."""

import math
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, text

from recado.errors import NotFoundError, NotReplayableError, RateLimitedError
from recado.model.ids import ExecutionId
from recado.model.status import DEAD_LETTERS, Status
from recado.store import audit, counters, locks
from recado.store.audit import Actor
from recado.store.columns import to_micros
from recado.store.counters import Tally
from recado.store.tables import UNFINISHED_SQL, trigger_executions

BETWEEN_REPLAYS = timedelta(seconds=60)

_e = trigger_executions.c


def replay(
    conn: Connection, execution_id: ExecutionId, *, actor: Actor, now: datetime
) -> ExecutionId:
    """Make a new execution of a dead letter's event; the dead letter is replayed.

    The new one keeps the root, so a message it sends again has the same id. It waits
    for earlier executions with its ordering key.

    Raises:
        NotFoundError: There is no such execution.
        RateLimitedError: It was replayed less than 60 seconds ago.
        NotReplayableError: It is not a dead letter.
    """
    old = _get(conn, execution_id)
    _refuse_too_soon(old.last_replay_at, now)
    _refuse_unless_dead(old)
    result = conn.execute(
        trigger_executions.insert().values(
            trigger_id=old.trigger_id,
            root_id=old.root_id,
            status=Status.PENDING,
            idempotency_key=old.idempotency_key or old.released_key,
            ordering_key=old.ordering_key,
            due_at=None if _somebody_is_first(conn, old) else now,
            attempt_count=0,
            failure_count=0,
            may_have_acted=old.may_have_acted,
            started_at=now,
            replay_of=execution_id,
        )
    )
    if result.inserted_primary_key is None:
        raise TypeError("the database gave no id")
    new_id = ExecutionId(result.inserted_primary_key[0])
    conn.execute(
        trigger_executions.update()
        .where(_e.id == execution_id)
        .values(status=Status.REPLAYED, last_replay_at=now, replayed_by=new_id)
    )
    _count(conn, old, Status.REPLAYED, replayed_at=now)
    audit.note(
        conn,
        actor,
        "execution.replay",
        target=f"execution:{execution_id}",
        now=now,
        new_execution_id=new_id,
    )
    return new_id


def discard(
    conn: Connection, execution_id: ExecutionId, *, actor: Actor, now: datetime
) -> None:
    """Resolve a dead letter without running it again.

    Raises:
        NotFoundError: There is no such execution.
        NotReplayableError: It is not a dead letter.
    """
    old = _get(conn, execution_id)
    _refuse_unless_dead(old)
    conn.execute(
        trigger_executions.update()
        .where(_e.id == execution_id)
        .values(status=Status.DISCARDED)
    )
    _count(conn, old, Status.DISCARDED, replayed_at=None)
    audit.note(
        conn, actor, "execution.discard", target=f"execution:{execution_id}", now=now
    )


def _get(conn: Connection, execution_id: ExecutionId) -> Row[Any]:
    row = conn.execute(select(trigger_executions).where(_e.id == execution_id)).first()
    if row is None:
        raise NotFoundError(f"there is no execution {execution_id}")
    return row


def _refuse_too_soon(last_replay_at: datetime | None, now: datetime) -> None:
    if last_replay_at is None:
        return
    left = (last_replay_at + BETWEEN_REPLAYS - now).total_seconds()
    if left > 0:
        raise RateLimitedError(math.ceil(left))


def _refuse_unless_dead(row: Row[Any]) -> None:
    if Status(row.status) not in DEAD_LETTERS:
        raise NotReplayableError(row.status)


def _somebody_is_first(conn: Connection, row: Row[Any]) -> bool:
    if row.ordering_key is None:
        return False
    locks.hold_order(conn, row.trigger_id, row.ordering_key)
    first = conn.execute(
        select(func.min(_e.id)).where(
            and_(
                _e.trigger_id == row.trigger_id,
                _e.ordering_key == row.ordering_key,
                _e.ordering_key.is_not(None),
                text(UNFINISHED_SQL),
            )
        )
    ).scalar()
    return first is not None


def _count(
    conn: Connection, old: Row[Any], status: Status, *, replayed_at: datetime | None
) -> None:
    tally = Tally()
    tally.moved(
        old.status,
        status,
        accepted_at=to_micros(old.started_at),
        trigger_id=old.trigger_id,
    )
    if replayed_at is not None:
        at = to_micros(replayed_at)
        tally.moved(None, Status.PENDING, accepted_at=at, trigger_id=old.trigger_id)
        tally.happened(counters.REPLAYS, at=at, trigger_id=old.trigger_id)
    counters.write(conn, tally)
