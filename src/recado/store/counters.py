"""Counters, kept in the transaction that changes what they count."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text

from recado.model.ids import TriggerId
from recado.model.status import DEAD_LETTERS, WAITING, Status
from recado.store.columns import to_micros
from recado.store.tables import counters

MICROS_PER_HOUR = 3_600_000_000

SHARED = 0
"""The slot that everybody adds to. A database with many writers has more of them."""

ADD = (
    "INSERT INTO counters (name, hour, trigger_id, slot, value) VALUES (?, ?, ?, 0, ?) "
    "ON CONFLICT (name, hour, trigger_id, slot) "
    "DO UPDATE SET value = value + excluded.value"
)
_ADD = text(
    "INSERT INTO counters (name, hour, trigger_id, slot, value) "
    "VALUES (:name, :hour, :trigger_id, 0, :value) "
    "ON CONFLICT (name, hour, trigger_id, slot) "
    "DO UPDATE SET value = counters.value + excluded.value"
)

IDEMPOTENT_REPLAYS = "idempotent_replays"
FILTERED = "filtered"
REJECTED = "rejected"
UNMATCHED = "unmatched"
RETRIES = "retries"
WPP_COMMANDS = "wpp_commands"
REPLAYS = "replays"

WAITING_NOW = "total:waiting"
DEAD_LETTERS_NOW = "total:dead_letters"
_NOW = ((WAITING_NOW, WAITING), (DEAD_LETTERS_NOW, DEAD_LETTERS))
_ALWAYS = 0  # the hour of a number that no window counts
_EVERY = TriggerId(0)
_SHIFTS: dict[tuple[str | None, str], tuple[tuple[str, int], ...]] = {
    (old, new): tuple(
        (name, (new in statuses) - (old in statuses))
        for name, statuses in _NOW
        if (new in statuses) != (old in statuses)
    )
    for old in (None, *Status)
    for new in Status
}
"""What each move changes of the numbers of now; looked up, as every event moves."""

BY_STATUS: dict[str, str] = {status: f"status:{status}" for status in Status}

Key = tuple[str, int, TriggerId]


class Tally:
    """Changes of counters, collected over a transaction."""

    def __init__(self) -> None:
        self._changes: Counter[Key] = Counter()

    def happened(
        self, name: str, *, at: int, trigger_id: TriggerId, times: int = 1
    ) -> None:
        """Count something that happened at ``at`` (microseconds)."""
        self._changes[name, at // MICROS_PER_HOUR, trigger_id] += times

    def moved(
        self,
        old: str | None,
        new: str,
        *,
        accepted_at: int,
        trigger_id: TriggerId,
        times: int = 1,
    ) -> None:
        """Count the same move of ``times`` executions; ``old`` None: they are new."""
        hour = accepted_at // MICROS_PER_HOUR
        if old is not None:
            self._changes[BY_STATUS[old], hour, trigger_id] -= times
        self._changes[BY_STATUS[new], hour, trigger_id] += times
        for name, change in _SHIFTS[old, new]:
            self._changes[name, _ALWAYS, _EVERY] += change * times

    def rows(self) -> list[tuple[str, int, TriggerId, int]]:
        """Return the parameters of ``ADD``, in a stable order."""
        return [(*key, value) for key, value in sorted(self._changes.items()) if value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over a window of hours; dead letters and what waits are of all time."""

    by_status: dict[str, int]
    happened: dict[str, int]
    dead_letters: int
    waiting: int


def write(conn: Connection, tally: Tally) -> None:
    """Add a tally to the stored counters."""
    rows = tally.rows()
    if rows:
        names = ("name", "hour", "trigger_id", "value")
        conn.execute(_ADD, [dict(zip(names, row, strict=True)) for row in rows])


def totals(conn: Connection, *, now: datetime, window: timedelta) -> Totals:
    """Return the sums since ``now - window``, to the full hour.

    Costs one range of a primary key per name: it grows with the window and the
    triggers, not with the executions and not with the years.
    """
    since = to_micros(now - window) // MICROS_PER_HOUR
    names = [f"status:{status}" for status in Status]
    by_status = _sums(conn, names, since=since)
    others = (
        *(IDEMPOTENT_REPLAYS, FILTERED, REJECTED, UNMATCHED),
        *(RETRIES, WPP_COMMANDS, REPLAYS),
    )
    now_there = _sums(conn, (WAITING_NOW, DEAD_LETTERS_NOW), since=_ALWAYS)
    return Totals(
        by_status={
            name.removeprefix("status:"): value for name, value in by_status.items()
        },
        happened=_sums(conn, others, since=since),
        dead_letters=now_there[DEAD_LETTERS_NOW],
        waiting=now_there[WAITING_NOW],
    )


def of_trigger(
    conn: Connection, trigger_id: TriggerId, *, names: Sequence[str]
) -> dict[str, int]:
    """Return one trigger's counters of all time."""
    found = conn.execute(
        select(counters.c.name, func.sum(counters.c.value))
        .where(counters.c.name.in_(names), counters.c.trigger_id == trigger_id)
        .group_by(counters.c.name)
    )
    return dict.fromkeys(names, 0) | {name: int(value) for name, value in found}


def of_trigger_since(
    conn: Connection, trigger_id: TriggerId, *, since: datetime
) -> dict[str, int]:
    """Return what became of one trigger's deliveries, to the full hour.

    ``accepted`` are those whose executions are there. Costs one range of a primary key
    per name, as ``totals`` does.
    """
    by_status = [f"status:{status}" for status in Status]
    others = {
        FILTERED: "filtered",
        IDEMPOTENT_REPLAYS: "duplicate",
        REJECTED: "rejected",
    }
    found = conn.execute(
        select(counters.c.name, func.sum(counters.c.value))
        .where(
            counters.c.name.in_([*by_status, *others]),
            counters.c.hour >= to_micros(since) // MICROS_PER_HOUR,
            counters.c.trigger_id == trigger_id,
        )
        .group_by(counters.c.name)
    )
    sums = {name: int(value) for name, value in found}
    return {
        "accepted": sum(sums.get(name, 0) for name in by_status),
        **{word: sums.get(name, 0) for name, word in others.items()},
    }


def _sums(conn: Connection, names: Iterable[str], *, since: int) -> dict[str, int]:
    wanted = list(names)
    found = conn.execute(
        select(counters.c.name, func.sum(counters.c.value))
        .where(counters.c.name.in_(wanted), counters.c.hour >= since)
        .group_by(counters.c.name)
    )
    return dict.fromkeys(wanted, 0) | {name: int(value) for name, value in found}
