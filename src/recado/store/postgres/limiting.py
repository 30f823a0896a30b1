"""Rate limits that all web nodes share."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from recado.model.ids import TriggerId
from recado.store.columns import to_micros
from recado.store.postgres.flow import Ended, Flow, Statement

MINUTE = 60_000_000  # microseconds

# The bucket is kept as the moment when it will be full again: each delivery moves it
# on by what one refills in, and none may move it further than a minute ahead.
COUNT = """
INSERT INTO rate_limits AS kept (trigger_id, full_at) VALUES (%s, %s::bigint + %s)
ON CONFLICT (trigger_id) DO UPDATE SET full_at = greatest(kept.full_at, %s) + %s
WHERE greatest(kept.full_at, %s) + %s <= %s
RETURNING 1
"""

LEFT = "SELECT full_at FROM rate_limits WHERE trigger_id = %s"

# A crash may forget a few: they are counts of a minute.
UNSYNCED = Statement("SET LOCAL synchronous_commit = off")


class Taken(NamedTuple):
    """One delivery of a trigger that takes so many a minute."""

    trigger_id: TriggerId
    per_minute: int
    at: datetime


def count(items: Sequence[Taken], _: int) -> Flow[list[float]]:
    """Return for each delivery 0, or in how many seconds there is room for it."""
    places = sorted(range(len(items)), key=lambda place: items[place].trigger_id)
    asked = [statement for place in places for statement in _asked(items[place])]
    answers = (yield [UNSYNCED, *asked])[1:]
    waits = [0.0] * len(items)
    for turn, place in enumerate(places):
        counted, left = answers[2 * turn : 2 * turn + 2]
        if not counted:
            waits[place] = _wait(items[place], full_at=left[0][0])
    return Ended(waits, [])


def _asked(item: Taken) -> list[Statement]:
    at, step = to_micros(item.at), MINUTE // item.per_minute
    values = (item.trigger_id, at, step, at, step, at, step, at + MINUTE)
    return [Statement(COUNT, values), Statement(LEFT, (item.trigger_id,))]


def _wait(item: Taken, *, full_at: int) -> float:
    step = MINUTE // item.per_minute
    return max(1, full_at + step - MINUTE - to_micros(item.at)) / 1e6
