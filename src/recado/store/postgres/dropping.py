"""A stretch of old executions is dropped, and what must stay of it is moved.

judge ── much must stay: row by row, as on any database
  │
  └─ detach, and move what stays ── forget the keys of what goes ── drop
     (one transaction)              (killed in between: the next one goes on here)
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from psycopg import errors
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from recado.model.status import DEAD_LETTERS, UNFINISHED
from recado.store.columns import to_micros
from recado.store.postgres.partitions import (
    TABLES,
    Stretch,
    lock_all,
    wait_briefly,
)

MOST_STAYING = 10_000
"""Rows of executions that are moved: they are copied while nobody else can work."""

KEYS_AT_ONCE = 10_000  # ids, whose keys are forgotten in one transaction
TRIES = 5
BETWEEN_TRIES = 1.0  # seconds

_LEAVE_FOR, _SHARE = timedelta(days=2), 8


def left_for(retention: timedelta) -> timedelta:
    """Return how much time a stretch may span that is not pruned row by row.

    It goes whole instead, and so up to that time later than it might.
    """
    return max(_LEAVE_FOR, retention / _SHARE)


class Gone(NamedTuple):
    """How many rows went with a stretch."""

    executions: int
    payloads: int


def detach(
    conn: Connection, stretch: Stretch, *, ended_before: datetime, now: datetime
) -> Gone | None:
    """Detach a stretch; what must stay moves to the rest. None when that is too much.

    What stays is what ``pruning.prune`` keeps. It is found beforehand, because what
    is resolved stays resolved; only moving it takes the lock of the whole tables. A
    transaction for each step: must be called outside of one. What is detached is
    ``unfinished``.
    """
    moments = {"ended_before": to_micros(ended_before), "now": to_micros(now)}
    with conn.begin():
        gone = _judge(conn, stretch, moments)
    if gone is None:
        return None
    _patiently(conn, partial(_detach, conn, stretch))
    return gone


def unfinished(conn: Connection) -> list[str]:
    """Return the partitions of executions that are detached and not dropped yet."""
    return list(conn.execute(_UNFINISHED).scalars())


def finish(conn: Connection, name: str) -> None:
    """Forget the keys of a detached partition of executions, and drop the stretch."""
    _forget_keys(conn, name)
    suffix = name.removeprefix("trigger_executions")
    for table in reversed(TABLES):  # the one that tells that it is unfinished at last
        _patiently(conn, partial(_drop, conn, table + suffix))


def _is_one_of(statuses: frozenset[str]) -> str:
    return " OR ".join(f"status = '{status}'" for status in sorted(statuses))


_JUDGE = f"""
CREATE TEMPORARY TABLE staying AS SELECT * FROM (
  SELECT id, dedupe_until, completed_at IS NULL OR completed_at >= :ended_before
    OR {_is_one_of(frozenset(UNFINISHED | DEAD_LETTERS))} OR EXISTS (
      SELECT 1 FROM trigger_executions AS replays WHERE replays.replay_of = part.id
    ) AS with_payload
  FROM {{part}} AS part
) AS judged
WHERE with_payload OR dedupe_until > :now
LIMIT {{limit}}
"""
_COUNT_STAYING = text(
    "SELECT count(*), count(*) FILTER (WHERE with_payload) FROM pg_temp.staying"
)
_WHICH = {
    "trigger_executions": "",
    "execution_attempts": "",
    "events": " WHERE with_payload",
}
_UNFINISHED = text("""
SELECT relname FROM pg_class
WHERE relname ~ '^trigger_executions_\\d+$' AND relkind = 'r' AND NOT relispartition
  AND relnamespace = (
    SELECT relnamespace FROM pg_class
    WHERE oid = CAST('trigger_executions' AS regclass)
  )
ORDER BY relname
""")


def _judge(conn: Connection, stretch: Stretch, moments: dict[str, int]) -> Gone | None:
    """Find what must stay; None if it is too much."""
    said = _JUDGE.format(part=stretch.name, limit=MOST_STAYING + 1)
    conn.execute(text("DROP TABLE IF EXISTS pg_temp.staying"))
    conn.execute(text(said), moments)
    staying, with_payload = conn.execute(_COUNT_STAYING).one()
    if staying > MOST_STAYING:
        return None
    conn.execute(text("ANALYZE pg_temp.staying"))
    executions, payloads = (
        conn.execute(text(f"SELECT count(*) FROM {part}")).scalar_one()
        for part in (stretch.name, stretch.part_of("events"))
    )
    return Gone(executions - staying, payloads - with_payload)


def _patiently(conn: Connection, change: Callable[[], None]) -> None:
    """Make a change in a transaction, again when its locks do not come soon."""
    for tries_left in reversed(range(TRIES)):
        try:
            with conn.begin():
                change()
        except OperationalError as error:
            is_busy = isinstance(
                error.orig, (errors.LockNotAvailable, errors.DeadlockDetected)
            )
            if not is_busy or not tries_left:
                raise
        else:
            return
        with conn.begin():
            conn.execute(text(f"SELECT pg_sleep({BETWEEN_TRIES})"))


def _detach(conn: Connection, stretch: Stretch) -> None:
    lock_all(conn)
    for table in TABLES:
        part = stretch.part_of(table)
        conn.execute(text(f"ALTER TABLE {table} DETACH PARTITION {part}"))
    for table, (column, _) in TABLES.items():
        conn.execute(
            text(
                f"INSERT INTO {table} SELECT * FROM {stretch.part_of(table)} "
                f"WHERE {column} IN (SELECT id FROM pg_temp.staying{_WHICH[table]})"
            )
        )


def _drop(conn: Connection, table: str) -> None:
    # One of executions takes the lock of triggers along, to which they refer.
    wait_briefly(conn)
    conn.execute(text(f"DROP TABLE IF EXISTS {table}"))


def _forget_keys(conn: Connection, name: str) -> None:
    """Delete the keys that were held by what went, which block nothing any more."""
    delete = text(
        "DELETE FROM idempotency_keys AS k USING ("
        f"SELECT id, trigger_id, idempotency_key FROM {name} AS gone "
        "WHERE id >= :low AND id < :high AND idempotency_key IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM trigger_executions AS x WHERE x.id = gone.id) "
        "ORDER BY trigger_id, idempotency_key"
        ") AS gone WHERE k.trigger_id = gone.trigger_id "
        "AND k.idempotency_key = gone.idempotency_key AND k.execution_id = gone.id"
    )
    with conn.begin():
        first, last = conn.execute(text(f"SELECT min(id), max(id) FROM {name}")).one()
    if first is None:
        return
    for low in range(first, last + 1, KEYS_AT_ONCE):
        with conn.begin():
            conn.execute(delete, {"low": low, "high": low + KEYS_AT_ONCE})
