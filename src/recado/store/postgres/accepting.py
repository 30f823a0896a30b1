"""Accepting: new executions, many at a time, in one transaction."""

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from recado.clock import Clock
from recado.model.ids import ExecutionId
from recado.model.status import Status
from recado.store import counters, locks
from recado.store.columns import to_micros
from recado.store.counters import MICROS_PER_HOUR, Tally
from recado.store.postgres.adding import add, hold_orders, let_next_run
from recado.store.postgres.arrays import Bigints, Bools, Byteas, Texts
from recado.store.postgres.flow import Ended, Flow, Rows, Statement
from recado.store.protocol import NewExecution
from recado.store.tables import UNFINISHED_SQL

RELEASE_KEYS = """
WITH released AS (
  DELETE FROM idempotency_keys AS k
  USING unnest(%s, %s, %s, %s) AS item (trigger_id, idempotency_key, ended, later)
  CROSS JOIN LATERAL (
    SELECT held.execution_id FROM idempotency_keys AS held
    LEFT JOIN trigger_executions AS x ON x.id = held.execution_id
    WHERE held.trigger_id = item.trigger_id
      AND held.idempotency_key = item.idempotency_key AND (
        x.id IS NULL OR x.dedupe_until <= item.ended OR x.dedupe_until >= item.later
      )
    LIMIT 1
  ) AS old
  WHERE k.trigger_id = item.trigger_id AND k.idempotency_key = item.idempotency_key
    AND k.execution_id = old.execution_id
  RETURNING k.execution_id
)
UPDATE trigger_executions AS x
SET released_key = coalesce(x.idempotency_key, x.released_key), idempotency_key = NULL
FROM released WHERE x.id = released.execution_id
"""

# Ids are given out in order of arrival, after what is known to be a duplicate is left
# out; but keys are stored in their own order, so that two nodes that store the same
# ones wait for each other, and not in a circle. EXISTS would do, but the planner
# might answer it by reading the whole index once.
STORE = f"""
WITH new AS MATERIALIZED (
  SELECT nextval('trigger_executions_id_seq') AS id, fresh.* FROM (
    SELECT item.* FROM unnest(%s, %s, %s, %s, %s, %s) WITH ORDINALITY AS item (
      trigger_id, idempotency_key, dedupe_until, ordering_key, waits, received_at, place
    )
    WHERE item.idempotency_key IS NULL OR (
      SELECT held.execution_id FROM idempotency_keys AS held
      WHERE held.trigger_id = item.trigger_id
        AND held.idempotency_key = item.idempotency_key
      LIMIT 1
    ) IS NULL
    ORDER BY place
  ) AS fresh
), keyed AS (
  INSERT INTO idempotency_keys (trigger_id, idempotency_key, execution_id)
  SELECT trigger_id, idempotency_key, id FROM new WHERE idempotency_key IS NOT NULL
  ORDER BY trigger_id, idempotency_key
  ON CONFLICT (trigger_id, idempotency_key) DO NOTHING
  RETURNING execution_id
), stored AS (
  INSERT INTO trigger_executions (
    id, trigger_id, root_id, status, idempotency_key, dedupe_until, ordering_key,
    due_at, attempt_count, failure_count, may_have_acted, started_at
  )
  SELECT id, trigger_id, id, 'pending', idempotency_key, dedupe_until, ordering_key,
    CASE WHEN waits OR ordering_key IS NOT NULL AND (
      SELECT x.id FROM trigger_executions AS x
      WHERE x.trigger_id = new.trigger_id AND x.ordering_key = new.ordering_key
        AND x.ordering_key IS NOT NULL AND x.{UNFINISHED_SQL}
      LIMIT 1
    ) IS NOT NULL THEN NULL ELSE received_at END,
    0, 0, false, received_at
  FROM new
  WHERE idempotency_key IS NULL OR id IN (SELECT execution_id FROM keyed)
  RETURNING id
)
SELECT id, place FROM new UNION ALL SELECT id, NULL FROM stored
"""

STORE_EVENTS = """
INSERT INTO events (id, received_at, document) SELECT * FROM unnest(%s, %s, %s)
"""

_Stored = dict[int, ExecutionId]


class Accepting:
    """Stores new executions."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(
        self, items: Sequence[NewExecution], slot: int
    ) -> Flow[list[ExecutionId | None]]:
        """Insert all items; None marks a duplicate."""
        now = self._clock.now()
        stored: _Stored = {}
        before = hold_orders(
            locks.of_order(item.trigger_id, item.ordering_key)
            for item in items
            if item.ordering_key is not None
        )
        left: Sequence[int] = range(len(items))
        while left:
            round_, left = _first_of_each_key(items, left, now)
            stored |= yield from _store(items, round_, now=now, before=before)
            before = []
        last = [
            *_events(items, stored),
            *_head_of_orders(items, stored),
            *add(_counted(items, stored), slot),
        ]
        return Ended([stored.get(place) for place in range(len(items))], last)


class _Round(NamedTuple):
    """Places of items with different keys, and of those that wait for one of them."""

    places: list[int]
    waits: list[bool]


def _first_of_each_key(
    items: Sequence[NewExecution], places: Sequence[int], now: datetime
) -> tuple[_Round, list[int]]:
    """Return what can be stored by one statement, and what only after it.

    What repeats another item within its window is in neither: it is a duplicate of
    that one, or of whatever that one repeats.
    """
    first: dict[tuple[int, str], NewExecution] = {}
    orders: set[tuple[int, str | None]] = set()
    chosen, later = _Round([], []), []
    for place in places:
        item = items[place]
        if item.idempotency_key is not None:
            key = (item.trigger_id, item.idempotency_key)
            before = first.setdefault(key, item)
            if before is not item:
                if not _repeats(item, before, now):
                    later.append(place)
                continue
        order = (item.trigger_id, item.ordering_key)
        chosen.places.append(place)
        chosen.waits.append(item.ordering_key is not None and order in orders)
        orders.add(order)
    return chosen, later


def _repeats(item: NewExecution, before: NewExecution, now: datetime) -> bool:
    if item.came_at is not None or before.came_at is not None:
        return False  # their windows need not meet
    return before.dedupe_until is None or before.dedupe_until > now


def _store(
    items: Sequence[NewExecution],
    round_: _Round,
    *,
    now: datetime,
    before: list[Statement],
) -> Generator[list[Statement], list[Rows], _Stored]:
    chosen = [items[place] for place in round_.places]
    columns = (
        Bigints(item.trigger_id for item in chosen),
        Texts(item.idempotency_key for item in chosen),
        Bigints(_micros(item.dedupe_until) for item in chosen),
        Texts(item.ordering_key for item in chosen),
        Bools(round_.waits),
        Bigints(to_micros(item.received_at) for item in chosen),
    )
    answers = yield [*before, *_release(chosen, now), Statement(STORE, columns)]
    rows = answers[-1]
    in_table = {number for number, place in rows if place is None}
    return {
        round_.places[place - 1]: ExecutionId(number)
        for number, place in rows
        if place is not None and number in in_table
    }


def _release(chosen: Iterable[NewExecution], now: datetime) -> list[Statement]:
    """Return what ends the windows that are over, of the keys that are to be stored."""
    keyed = sorted(
        (item.trigger_id, item.idempotency_key, *item.other_windows(now))
        for item in chosen
        if item.idempotency_key is not None
    )
    if not keyed:
        return []
    triggers, keys, ended, later = zip(*keyed, strict=True)
    values = (
        Bigints(triggers),
        Texts(keys),
        Bigints(map(to_micros, ended)),
        Bigints(map(_micros, later)),
    )
    return [Statement(RELEASE_KEYS, values)]


def _events(items: Sequence[NewExecution], stored: _Stored) -> list[Statement]:
    if not stored:
        return []
    values = (
        Bigints(stored.values()),
        Bigints(to_micros(items[place].received_at) for place in stored),
        Byteas(items[place].document for place in stored),
    )
    return [Statement(STORE_EVENTS, values)]


def _head_of_orders(items: Sequence[NewExecution], stored: _Stored) -> list[Statement]:
    """Return what makes those due that wait for a neighbour which was a duplicate."""
    if len(stored) == len(items):
        return []
    heads = {
        (items[place].trigger_id, key): to_micros(items[place].received_at)
        for place in stored
        if (key := items[place].ordering_key) is not None
    }
    return let_next_run(heads)


def _counted(items: Sequence[NewExecution], stored: _Stored) -> Tally:
    tally = Tally()
    alike = Counter(
        (item.trigger_id, to_micros(item.received_at) // MICROS_PER_HOUR, n in stored)
        for n, item in enumerate(items)
    )
    for (trigger_id, hour, is_new), times in alike.items():
        at = hour * MICROS_PER_HOUR
        if is_new:
            tally.moved(
                None, Status.PENDING, accepted_at=at, trigger_id=trigger_id, times=times
            )
        else:
            name = counters.IDEMPOTENT_REPLAYS
            tally.happened(name, at=at, trigger_id=trigger_id, times=times)
    return tally


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)
