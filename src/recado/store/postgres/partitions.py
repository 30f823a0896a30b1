"""Partitions: stretches of ids that are made ahead of time, and dropped whole.

Ids grow with time, so a stretch of ids is a stretch of time. The same stretches divide
executions, their payloads and their attempts. What has no stretch of its own, because
it stayed behind when the others went or came before room was made, lies in the
partition of the rest.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, text

from recado.store.columns import to_micros
from recado.store.matching import first_ids_since
from recado.store.postgres import locks

SMALLEST = 1_000_000
"""Ids in the smallest stretch."""

SHARE = 12
"""A stretch holds at least this part of all ids that there are.

Each statement of the queue looks into every stretch, so they must stay few.
"""

AT_A_TIME = 12  # stretches, made for rows that are all there already
MARGIN = 100_000  # ids that may be given out while a partition is being made
DAY = timedelta(days=1)

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

# Who waits for the lock of a whole table lets nobody pass: rather try again. And
# sooner than the server looks for a deadlock, or it might break off another's work.
_WAIT_BRIEFLY = text("SET LOCAL lock_timeout = '300ms'")
# The one that executions refer to first: it is locked by what is done to them.
_LOCK_ALL = (
    text("LOCK TABLE triggers IN SHARE ROW EXCLUSIVE MODE"),
    text(f"LOCK TABLE {', '.join(TABLES)} IN ACCESS EXCLUSIVE MODE"),
)
_ALONE = text("SELECT pg_try_advisory_xact_lock(:lock)")
_LAST = text("SELECT last_value FROM trigger_executions_id_seq")
_FIRST_FROM = text(
    "SELECT id FROM trigger_executions WHERE id >= :id ORDER BY id LIMIT 1"
)
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


def stretches(conn: Connection) -> list[Stretch]:
    """Return the stretches that there are, lowest first."""
    return [Stretch(*row) for row in conn.execute(_STRETCHES)]


def size_for(*, of_a_day: int, of_all: int) -> int:
    """Return how many ids the next stretch should hold.

    ``of_a_day`` are those of the last 24 hours, ``of_all`` those that are kept.
    """
    return max(SMALLEST, of_a_day, of_all // SHARE)


def make_room(conn: Connection, *, now: datetime) -> None:
    """Make partitions until there is room for half a stretch: half a day, or more.

    They are made by one process at a time. Takes the lock of the whole tables, for as
    long as it takes to look through the rest.
    """
    if not conn.execute(_ALONE, {"lock": locks.PARTITIONS}).scalar_one():
        return
    last = conn.execute(_LAST).scalar_one()
    there = stretches(conn)
    end = there[-1].high if there else 0
    lowest = there[0].low if there else last
    size = size_for(of_a_day=_of_a_day(conn, last, now), of_all=last - lowest)
    if end >= last + size // 2:
        return
    lock_all(conn)
    while end < last + size // 2:
        low = end if last < end else last + MARGIN
        end = low + size
        _make(conn, low, end)


def _of_a_day(conn: Connection, last: int, now: datetime) -> int:
    [since] = first_ids_since(conn, [now - DAY])
    # not since, but the first one that is there: what was deleted before is no load
    first = conn.execute(_FIRST_FROM, {"id": since}).scalar()
    return 0 if first is None else last - first + 1


def make_room_for(conn: Connection, first: int, last: int) -> None:
    """Make partitions for ids from ``first`` to ``last``, which have no rows yet."""
    there = stretches(conn)
    low = max(first, there[-1].high if there else 0)
    size = max(SMALLEST, -(-(last - low + 1) // AT_A_TIME))
    while low <= last:
        _make(conn, low, low + size)
        low += size


def wait_briefly(conn: Connection) -> None:
    """Let no lock be waited for longer than a moment until the transaction ends."""
    conn.execute(_WAIT_BRIEFLY)


def lock_all(conn: Connection) -> None:
    """Have the tables for oneself until the transaction ends; give up soon."""
    wait_briefly(conn)
    for lock in _LOCK_ALL:
        conn.execute(lock)


def _make(conn: Connection, low: int, high: int) -> None:
    for table, (_, settings) in TABLES.items():
        conn.execute(
            text(
                f"CREATE TABLE {table}_{low} PARTITION OF {table} "
                f"FOR VALUES FROM ({low}) TO ({high}) WITH ({settings})"
            )
        )


class Ages(NamedTuple):
    """Stretches by age: ``old`` are those of which nothing is young any more.

    ``nearly_old`` are those that will be within a given time.
    """

    old: list[Stretch]
    nearly_old: list[Stretch]


def ages(conn: Connection, *, accepted_before: datetime, within: timedelta) -> Ages:
    """Return the stretches in which something was accepted before a moment."""
    newest = conn.execute(text("SELECT max(id) FROM trigger_executions")).scalar() or 0
    moment, longest = to_micros(accepted_before), within // timedelta(microseconds=1)
    found = Ages([], [])
    for stretch in stretches(conn):
        if stretch.high > newest:
            break  # it is still being filled
        first, last = _accepted_at(conn, stretch)
        if last < moment:
            found.old.append(stretch)
        elif first < moment and last - first <= longest:
            found.nearly_old.append(stretch)
    return found


def _accepted_at(conn: Connection, stretch: Stretch) -> tuple[int, int]:
    """Return when the first and the last one of a stretch were accepted; 0 for none."""
    first, last = (
        conn.execute(
            text(f"SELECT started_at FROM {stretch.name} ORDER BY id {order} LIMIT 1")
        ).scalar()
        for order in ("ASC", "DESC")
    )
    return first or 0, last or 0
