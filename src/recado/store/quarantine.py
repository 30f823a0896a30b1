"""Rejected deliveries, encrypted, until they pass or their bounds push them out.

Each belongs to a rejection (``store/rejections.py``), whose note stays when it goes.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Self

from sqlalchemy import Connection, delete, select, update

from recado.model.ids import TriggerId
from recado.store import counters
from recado.store.columns import to_micros
from recado.store.counters import Tally
from recado.store.tables import quarantine, rejections

_q = quarantine.c
_AT_ONCE = 500
"""Ids named in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is kept of one trigger at most. ``size`` is in bytes, as they are stored.

    A ``count`` of 0 keeps nothing.
    """

    count: int = 1_000
    size: int = 20 * 1_048_576
    age: timedelta = timedelta(days=7)

    @classmethod
    def of(cls, count: int, *, mib: int, days: int) -> Self:
        """Return bounds in the units that people set them in."""
        return cls(count=count, size=mib * 1_048_576, age=timedelta(days=days))


class KeptDelivery(NamedTuple):
    """One delivery in quarantine; ``id`` is its rejection's."""

    id: int
    received_at: datetime
    sealed: bytes


def keep(
    conn: Connection,
    rejection_id: int,
    sealed: bytes,
    *,
    trigger_id: TriggerId,
    received_at: datetime,
    by_hook_token: bool,
) -> None:
    """Keep a delivery; ``shrink`` afterwards."""
    conn.execute(
        quarantine.insert().values(
            id=rejection_id,
            trigger_id=trigger_id,
            received_at=received_at,
            by_hook_token=by_hook_token,
            size=len(sealed),
            sealed=sealed,
        )
    )


def shrink(
    conn: Connection, trigger_id: TriggerId, bounds: Bounds, *, now: datetime
) -> None:
    """Let go of what is over a trigger's bounds, the oldest first.

    What came to the guessable address goes before what came to the unguessable one:
    else a stranger could push out what the sender delivered.
    """
    kept = conn.execute(
        select(_q.id, _q.size)
        .where(_q.trigger_id == trigger_id)
        .order_by(_q.by_hook_token.desc(), _q.id.desc())
    )
    size, over = 0, []
    for count, (number, its_size) in enumerate(kept, 1):
        size += its_size
        if count > bounds.count or size > bounds.size:
            over.append(number)
    _let_go(conn, over)
    prune(conn, before=now - bounds.age)


def prune(conn: Connection, *, before: datetime) -> int:
    """Let go of what came before a moment; returns how many."""
    old = conn.execute(select(_q.id).where(_q.received_at < before)).scalars().all()
    _let_go(conn, old)
    return len(old)


def forget_trigger(conn: Connection, trigger_id: TriggerId) -> None:
    """Let go of all that is kept of a trigger."""
    kept = conn.execute(select(_q.id).where(_q.trigger_id == trigger_id))
    _let_go(conn, kept.scalars().all())


def _let_go(conn: Connection, ids: Sequence[int]) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        conn.execute(delete(quarantine).where(_q.id.in_(some)))
        conn.execute(
            update(rejections)
            .where(rejections.c.id.in_(some))
            .values(quarantined=False)
        )


def oldest(
    conn: Connection, trigger_id: TriggerId, *, after: int, limit: int
) -> list[KeptDelivery]:
    """Return what is kept of a trigger in order of arrival, after the id ``after``."""
    rows = conn.execute(
        select(_q.id, _q.received_at, _q.sealed)
        .where(_q.trigger_id == trigger_id, _q.id > after)
        .order_by(_q.id)
        .limit(limit)
    )
    return [KeptDelivery(*row) for row in rows]


def remove(conn: Connection, kept: KeptDelivery) -> bool:
    """Take a delivery out, with its rejection; False if it was gone.

    Whoever removes it may accept it, in the same transaction, and nobody else.
    """
    # by its time too: the number of one that is gone can be given to a later one
    gone = conn.execute(
        delete(quarantine).where(_q.id == kept.id, _q.received_at == kept.received_at)
    )
    if not gone.rowcount:
        return False
    conn.execute(delete(rejections).where(rejections.c.id == kept.id))
    return True


def remove_filtered(
    conn: Connection,
    kept: Collection[KeptDelivery],
    *,
    trigger_id: TriggerId,
    now: datetime,
) -> int:
    """Take out deliveries that are not wanted, and count them; returns how many."""
    gone = sum(remove(conn, one) for one in kept)
    tally = Tally()
    tally.happened(
        counters.FILTERED, at=to_micros(now), trigger_id=trigger_id, times=gone
    )
    counters.write(conn, tally)
    return gone


def explain_again(conn: Connection, reasons: Iterable[tuple[int, str]]) -> None:
    """Note why deliveries, by the ids of their rejections, still do not pass."""
    for rejection_id, reason in reasons:
        conn.execute(
            update(rejections)
            .where(rejections.c.id == rejection_id)
            .values(reason=reason)
        )
