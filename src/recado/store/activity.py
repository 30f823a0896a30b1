"""What was accepted over time and what became of it, for charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from recado.model.status import DEAD_LETTERS, UNFINISHED, Status
from recado.store import matching
from recado.store.columns import from_micros, to_micros
from recado.store.counters import BY_STATUS, IDEMPOTENT_REPLAYS, MICROS_PER_HOUR
from recado.store.tables import (
    UNFINISHED_SQL,
    UNUSUAL_SQL,
    counters,
    trigger_executions,
)

_e = trigger_executions.c
_STATUS_OF = {name: Status(status) for status, name in BY_STATUS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The executions accepted from ``since`` until the next slot, as they are now.

    ``resolved`` are completed, replayed or discarded. The three add up to what was
    accepted. ``duplicates`` is None where it is not known that finely.
    """

    since: datetime
    resolved: int
    unfinished: int
    dead_letters: int
    duplicates: int | None = None

    @property
    def accepted(self) -> int:
        """How many executions were accepted."""
        return self.resolved + self.unfinished + self.dead_letters


def by_hours(
    conn: Connection, *, until: datetime, slots: int, hours_each: int
) -> list[Slot]:
    """Return that many slots of whole hours, oldest first; the last holds ``until``.

    Costs one range of a primary key per name, whatever the number of executions.
    """
    last = to_micros(until) // MICROS_PER_HOUR
    first = last + 1 - slots * hours_each
    found = conn.execute(
        select(counters.c.name, counters.c.hour, func.sum(counters.c.value))
        .where(
            counters.c.name.in_([*_STATUS_OF, IDEMPOTENT_REPLAYS]),
            counters.c.hour >= first,
            counters.c.hour <= last,
        )
        .group_by(counters.c.name, counters.c.hour)
    )
    sums = [dict.fromkeys((*_STATUS_OF, IDEMPOTENT_REPLAYS), 0) for _ in range(slots)]
    for name, hour, value in found:
        sums[(hour - first) // hours_each][name] += int(value)
    return [
        _slot(from_micros((first + place * hours_each) * MICROS_PER_HOUR), of_slot)
        for place, of_slot in enumerate(sums)
    ]


def by_minutes(conn: Connection, bounds: Sequence[datetime]) -> list[Slot]:
    """Return one slot between each two bounds, which ascend.

    Counters know hours only, but ids grow with time: what was accepted is a
    difference of two, and the rest are ranges of small indexes.
    """
    ids = matching.first_ids_since(conn, bounds)
    slots = []
    for since, low, high in zip(bounds, ids, ids[1:], strict=False):
        in_slot = (_e.id >= low, _e.id < high)
        dead = _count(conn, *in_slot, matching.literally(UNUSUAL_SQL), statuses=_DEAD)
        unfinished = _count(conn, *in_slot, matching.literally(UNFINISHED_SQL))
        slots.append(
            Slot(
                since=since,
                # gaps of deleted ones are of long ago
                resolved=max(0, high - low - dead - unfinished),
                unfinished=unfinished,
                dead_letters=dead,
            )
        )
    return slots


_DEAD = tuple(sorted(DEAD_LETTERS))


def _count(
    conn: Connection, *conditions: object, statuses: Sequence[Status] = ()
) -> int:
    counting = select(func.count()).select_from(trigger_executions).where(*conditions)  # type: ignore[arg-type]  # conditions all the same
    if not statuses:
        return conn.execute(counting).scalar_one()
    return sum(
        conn.execute(counting.where(_e.status == status)).scalar_one()
        for status in statuses
    )


def _slot(since: datetime, sums: dict[str, int]) -> Slot:
    def total(statuses: frozenset[Status]) -> int:
        found = sum(sums[BY_STATUS[status]] for status in statuses)
        return max(0, found)  # never less, whatever a restored file says

    return Slot(
        since=since,
        resolved=total(frozenset(Status) - UNFINISHED - DEAD_LETTERS),
        unfinished=total(UNFINISHED),
        dead_letters=total(DEAD_LETTERS),
        duplicates=sums[IDEMPOTENT_REPLAYS],
    )
