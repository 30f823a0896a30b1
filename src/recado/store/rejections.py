"""Deliveries that were not accepted, kept so that the operator sees why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from recado.model.ids import TriggerId
from recado.store import counters
from recado.store.columns import to_micros
from recado.store.counters import Tally
from recado.store.tables import rejections

KEPT_PER_TRIGGER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One delivery that was not accepted. ``headers`` are masked."""

    trigger_id: TriggerId
    received_at: datetime
    reason: str
    source_ip: str
    headers: dict[str, str]
    size: int
    id: int = 0
    quarantined: bool = False


def note(conn: Connection, rejection: Rejection) -> None:
    """Count a rejection and keep it, with the newest of its trigger."""
    values = {
        "trigger_id": rejection.trigger_id,
        "received_at": rejection.received_at,
        "reason": rejection.reason,
        "source_ip": rejection.source_ip,
        "headers": rejection.headers,
        "size": rejection.size,
        "quarantined": rejection.quarantined,
    }
    conn.execute(rejections.insert().values(**values))
    of_trigger = rejections.c.trigger_id == rejection.trigger_id
    oldest_kept = conn.execute(
        select(rejections.c.id)
        .where(of_trigger)
        .order_by(rejections.c.id.desc())
        .limit(1)
        .offset(KEPT_PER_TRIGGER)
    ).scalar()
    if oldest_kept is not None:
        conn.execute(
            delete(rejections).where(of_trigger, rejections.c.id <= oldest_kept)
        )
    count(conn, counters.REJECTED, rejection.trigger_id, now=rejection.received_at)


def count(conn: Connection, name: str, trigger_id: TriggerId, *, now: datetime) -> None:
    """Count something that happened to a delivery and left nothing else behind."""
    tally = Tally()
    tally.happened(name, at=to_micros(now), trigger_id=trigger_id)
    counters.write(conn, tally)


def newest(
    conn: Connection, trigger_id: TriggerId, *, limit: int, before: int | None = None
) -> list[Rejection]:
    """Return a trigger's rejections, newest first, older than the id ``before``."""
    query = (
        select(rejections)
        .where(rejections.c.trigger_id == trigger_id)
        .order_by(rejections.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(rejections.c.id < before)
    return [Rejection(**row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)
