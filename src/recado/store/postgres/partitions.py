"""Partitions: stretches of ids that are made ahead of time, and dropped whole.

Ids grow with time, so a stretch of ids is a stretch of time. The same stretches divide
executions, their payloads and their attempts. What has no stretch of its own, because
it stayed behind when the others went or came before room was made, lies in the
partition of the rest.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from recado.model.status import DEAD_LETTERS, UNFINISHED
from recado.store.columns import to_micros
from recado.store.postgres import locks

SMALLEST, LARGEST = 1_000_000, 100_000_000
"""Ids in a stretch. One that a day fills is best: few, and each gone within a day."""

LEFT_FOR = timedelta(days=2)
"""A stretch that spans no more than this is not pruned row by row: it goes whole."""

ONE_IN = 4
"""A stretch goes whole if at most one row in so many must stay and be moved."""

KEYS_AT_ONCE = 10_000
MARGIN = 100_000  # ids that may be given out while a partition is being made
DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)

# In the order in which the queue's transactions lock them, so that none waits for us
# while we wait for it. Settings of storage are not inherited from the whole.
TABLES = {
    "trigger_executions": (
        "id",
        (
            "fillfactor = 85, autovacuum_vacuum_scale_factor = 0, "
            "autovacuum_vacuum_threshold = 10000, "
            "autovacuum_vacuum_insert_scale_factor = 0, "
            "autovacuum_vacuum_insert_threshold = 100000, "
            "autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1"
        ),
    ),
    "events": ("id", "autovacuum_vacuum_scale_factor = 0.05"),
    "execution_attempts": ("execution_id", "autovacuum_vacuum_scale_factor = 0.05"),
}

TRIES = 10
# Who waits for the lock of a whole table lets nobody pass: rather try again. And
# sooner than the server looks for a deadlock, or it might break off another's work.
_IMPATIENCE = text("SET LOCAL lock_timeout = '300ms'")
_ALONE = text("SELECT pg_try_advisory_xact_lock(:lock)")
_LAST = text("SELECT last_value FROM trigger_executions_id_seq")
_THEN = text(
    "SELECT started_at FROM trigger_executions WHERE id > :id ORDER BY id LIMIT 1"
)
_NEWEST = text("SELECT max(id) FROM trigger_executions")
_STRETCHES = text(r"""
SELECT coalesce(substring(bound FROM 'FROM \(''?(\d+)')::bigint, 0) AS low,
  substring(bound FROM 'TO \(''?(\d+)')::bigint AS high, name
FROM (
  SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
  FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid
  WHERE inhparent = CAST('trigger_executions' AS regclass)
) AS partitions
WHERE bound <> 'DEFAULT' ORDER BY low
""")


class Stretch(NamedTuple):
    """Ids from ``low`` to ``high``, which is not included."""

    low: int
    high: int
    name: str

    def part_of(self, table: str) -> str:
        """Return the name of this stretch's partition of a table."""
        return table + self.name.removeprefix("trigger_executions")


def size_for(ids: int, *, took: timedelta) -> int:
    """Return how many ids the next stretch should hold: a day's, within bounds.

    ``ids`` are the last ones, and ``took`` how long it took to give them out.
    """
    if ids < SMALLEST:
        return SMALLEST  # too few to tell from
    of_a_day = ids * DAY // max(took, timedelta(seconds=1))
    return min(max(of_a_day, SMALLEST), LARGEST)


def make_room(conn: Connection, *, now: datetime) -> None:
    """Make partitions until there is room for half a stretch: half a day, or more.

    They are made by one process at a time. Takes the lock of the whole tables, for
    milliseconds.
    """
    if not conn.execute(_ALONE, {"lock": locks.PARTITIONS}).scalar_one():
        return
    conn.execute(_IMPATIENCE)
    last = conn.execute(_LAST).scalar_one()
    end = max((stretch.high for stretch in stretches(conn)), default=0)
    size = _size(conn, last, now)
    while end < last + size // 2:
        low = end if last < end else last + MARGIN
        end = low + size
        _make(conn, low, end)


def make_room_up_to(conn: Connection, last: int) -> None:
    """Make partitions for all ids up to ``last``, in tables that hold no such row."""
    low = max((stretch.high for stretch in stretches(conn)), default=0)
    while low <= last:
        _make(conn, low, low + SMALLEST)
        low += SMALLEST


def _make(conn: Connection, low: int, high: int) -> None:
    for table, (_, settings) in TABLES.items():
        conn.execute(
            text(
                f"CREATE TABLE {table}_{low} PARTITION OF {table} "
                f"FOR VALUES FROM ({low}) TO ({high}) WITH ({settings})"
            )
        )


def stretches(conn: Connection) -> list[Stretch]:
    """Return the stretches that there are, lowest first."""
    return [Stretch(*row) for row in conn.execute(_STRETCHES)]


class Old(NamedTuple):
    """Stretches by age: ``over`` are those of which nothing is young any more.

    ``nearly`` are those that will be within ``LEFT_FOR``.
    """

    over: list[Stretch]
    nearly: list[Stretch]


def old(conn: Connection, *, ended_before: datetime) -> Old:
    """Return the stretches in which something was accepted before a moment."""
    newest = conn.execute(_NEWEST).scalar() or 0
    moment = to_micros(ended_before)
    found = Old([], [])
    for stretch in stretches(conn):
        if stretch.high > newest:
            break  # it is still being filled
        first, last = _accepted_at(conn, stretch)
        if last < moment:
            found.over.append(stretch)
        elif first < moment and last - first <= LEFT_FOR // MICROSECOND:
            found.nearly.append(stretch)
    return found


def _size(conn: Connection, last: int, now: datetime) -> int:
    since = max(last - SMALLEST, 0)
    then = conn.execute(_THEN, {"id": since}).scalar()
    if then is None:
        return SMALLEST
    return size_for(last - since, took=(to_micros(now) - then) * MICROSECOND)


def _accepted_at(conn: Connection, stretch: Stretch) -> tuple[int, int]:
    """Return when the first and the last one of a stretch were accepted; 0 for none."""
    first, last = (
        conn.execute(
            text(f"SELECT started_at FROM {stretch.name} ORDER BY id {order} LIMIT 1")
        ).scalar()
        for order in ("ASC", "DESC")
    )
    return first or 0, last or 0


class Gone(NamedTuple):
    """How many rows went with a stretch."""

    executions: int
    payloads: int


def drop(
    conn: Connection, stretch: Stretch, *, ended_before: datetime, now: datetime
) -> Gone | None:
    """Drop a stretch; what must stay moves to the rest. None when that is too much.

    What stays is what ``pruning.prune`` keeps. It is found beforehand, because what
    is resolved stays resolved; only moving it takes the lock of the whole tables. A
    transaction for each step: must be called outside of one.
    """
    moments = {"ended_before": to_micros(ended_before), "now": to_micros(now)}
    with conn.begin():
        conn.execute(text("DROP TABLE IF EXISTS staying"))
        conn.execute(text(_STAYING.format(part=stretch.name)), moments)
        conn.execute(text("ANALYZE staying"))
        executions, payloads = (
            conn.execute(text(f"SELECT count(*) FROM {part}")).scalar_one()
            for part in (stretch.name, stretch.part_of("events"))
        )
        staying, with_payload = conn.execute(_COUNT_STAYING).one()
    if staying * ONE_IN > executions:
        return None
    _forget_keys(conn, stretch)
    for tries_left in reversed(range(TRIES)):
        try:
            with conn.begin():
                _replace(conn, stretch)
        except OperationalError:  # no lock, or a deadlock
            if not tries_left:
                raise
        else:
            break
    return Gone(executions - staying, payloads - with_payload)


def _replace(conn: Connection, stretch: Stretch) -> None:
    conn.execute(_IMPATIENCE)
    for table in TABLES:
        part = stretch.part_of(table)
        conn.execute(text(f"ALTER TABLE {table} DETACH PARTITION {part}"))
    for table, (column, _) in TABLES.items():
        part, which = stretch.part_of(table), _WHICH[table]
        conn.execute(
            text(
                f"INSERT INTO {table} SELECT * FROM {part} "
                f"WHERE {column} IN (SELECT id FROM staying{which})"
            )
        )
        conn.execute(text(f"DROP TABLE {part}"))


def _is_one_of(statuses: Any) -> str:
    return " OR ".join(f"status = '{status}'" for status in sorted(statuses))


_STAYING = f"""
CREATE TEMPORARY TABLE staying AS SELECT * FROM (
  SELECT id, dedupe_until, completed_at IS NULL OR completed_at >= :ended_before
    OR {_is_one_of(UNFINISHED | DEAD_LETTERS)} OR EXISTS (
      SELECT 1 FROM trigger_executions AS replays WHERE replays.replay_of = part.id
    ) AS with_payload
  FROM {{part}} AS part
) AS judged
WHERE with_payload OR dedupe_until > :now
"""
_COUNT_STAYING = text(
    "SELECT count(*), count(*) FILTER (WHERE with_payload) FROM staying"
)
_WHICH = {
    "trigger_executions": "",
    "execution_attempts": "",
    "events": " WHERE with_payload",
}


def _forget_keys(conn: Connection, stretch: Stretch) -> None:
    """Delete the keys that are held by what goes: they block nothing any more."""
    delete = text(
        "DELETE FROM idempotency_keys AS k USING ("
        f"SELECT id, trigger_id, idempotency_key FROM {stretch.name} "
        "WHERE id >= :low AND id < :high AND idempotency_key IS NOT NULL "
        "AND id NOT IN (SELECT id FROM staying)"
        ") AS x WHERE k.trigger_id = x.trigger_id "
        "AND k.idempotency_key = x.idempotency_key AND k.execution_id = x.id"
    )
    for low in range(stretch.low, stretch.high, KEYS_AT_ONCE):
        with conn.begin():
            ids = {"low": low, "high": low + KEYS_AT_ONCE}
            conn.execute(delete, ids)
