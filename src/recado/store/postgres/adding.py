"""Statements that several flows end with: counters, and the next in order."""

from collections.abc import Iterable, Mapping

from recado.model.ids import TriggerId
from recado.store.counters import Tally
from recado.store.postgres.arrays import Bigints, Texts
from recado.store.postgres.flow import Statement
from recado.store.tables import UNFINISHED_SQL

ADD = """
INSERT INTO counters (name, hour, trigger_id, slot, value)
SELECT name, hour, trigger_id, %s, value
FROM unnest(%s, %s, %s, %s) AS t (name, hour, trigger_id, value)
ON CONFLICT (name, hour, trigger_id, slot)
DO UPDATE SET value = counters.value + excluded.value
"""

HOLD_ORDERS = "SELECT pg_advisory_xact_lock(lock) FROM unnest(%s) AS t (lock)"

NEXT_IN_ORDER = f"""
UPDATE trigger_executions AS x SET due_at = ended.at
FROM unnest(%s, %s, %s) AS ended (trigger_id, ordering_key, at)
CROSS JOIN LATERAL (
  SELECT id FROM trigger_executions AS y
  WHERE y.trigger_id = ended.trigger_id AND y.ordering_key = ended.ordering_key
    AND y.ordering_key IS NOT NULL AND y.{UNFINISHED_SQL}
  ORDER BY y.id LIMIT 1
) AS first
WHERE x.id = first.id AND x.status = 'pending' AND x.due_at IS NULL
"""


def add(tally: Tally, slot: int) -> list[Statement]:
    """Return what adds a tally to the counters of a slot."""
    rows = tally.rows()
    if not rows:
        return []
    names, hours, triggers, values = zip(*rows, strict=True)
    arrays = (Texts(names), Bigints(hours), Bigints(triggers), Bigints(values))
    return [Statement(ADD, (slot, *arrays))]


def hold_orders(locks: Iterable[int]) -> list[Statement]:
    """Return what takes the locks of ordering keys, in their one order."""
    ascending = Bigints(sorted(set(locks)))
    return [Statement(HOLD_ORDERS, (ascending,))] if ascending else []


def let_next_run(ended: Mapping[tuple[TriggerId, str], int]) -> list[Statement]:
    """Return what makes the first unfinished execution of each key due.

    ``ended`` are moments by trigger and ordering key.
    """
    if not ended:
        return []
    triggers, keys = zip(*ended, strict=True)
    arrays = (Bigints(triggers), Texts(keys), Bigints(ended.values()))
    return [Statement(NEXT_IN_ORDER, arrays)]
