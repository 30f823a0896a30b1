"""What was accepted over time and what became of it, for charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    bindparam,
    func,
    literal,
    select,
)

from recado.model.status import DEAD_LETTERS, UNFINISHED, Status
from recado.store import matching
from recado.store.columns import from_micros, to_micros
from recado.store.counters import BY_STATUS, IDEMPOTENT_REPLAYS, MICROS_PER_HOUR
from recado.store.tables import (
    UNFINISHED_BY_ID_SQL,
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
        found = conn.execute(_IN_SLOT, {"low": low, "high": high}).one()
        slots.append(
            Slot(
                since=since,
                # gaps of deleted ones are of long ago
                resolved=max(0, high - low - found.dead - found.unfinished),
                unfinished=found.unfinished,
                dead_letters=found.dead,
            )
        )
    return slots


def _count(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    in_slot = (_e.id >= bindparam("low"), _e.id < bindparam("high"))
    counting = select(func.count()).select_from(trigger_executions)
    return counting.where(*in_slot, *conditions).scalar_subquery()


# one statement, made once; each count is a range of an index that holds little else
_IN_SLOT = select(
    sum(
        (
            _count(matching.literally(UNUSUAL_SQL), _e.status == status)
            for status in sorted(DEAD_LETTERS)
        ),
        start=literal(0),
    ).label("dead"),
    _count(matching.literally(UNFINISHED_BY_ID_SQL)).label("unfinished"),
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
