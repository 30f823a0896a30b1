"""Deliveries that were not accepted, kept so that the operator sees why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, false, select, true

from recado.model.ids import TriggerId
from recado.store import counters, quarantine
from recado.store.columns import to_micros
from recado.store.counters import Tally
from recado.store.quarantine import Bounds
from recado.store.tables import rejections

KEPT_PER_TRIGGER = 200
"""Notes of a trigger; those of its quarantine are not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One delivery that was not accepted. ``headers`` are masked.

    ``sealed`` is what its quarantine keeps of it, encrypted; None for nothing.
    """

    trigger_id: TriggerId
    received_at: datetime
    reason: str
    source_ip: str
    headers: dict[str, str]
    size: int
    id: int = 0
    quarantined: bool = False
    by_hook_token: bool = False
    sealed: bytes | None = field(default=None, repr=False)


def note(
    conn: Connection, noted: Sequence[Rejection], *, tally: Tally, bounds: Bounds
) -> None:
    """Write down rejections and add the tally, with each trigger within its bounds."""
    for rejection in noted:
        _insert(conn, rejection)
    newest_at = {one.trigger_id: one.received_at for one in noted}
    for trigger_id, now in newest_at.items():
        quarantine.shrink(conn, trigger_id, bounds, now=now)
        _forget_old(conn, trigger_id)
    counters.write(conn, tally)


def _insert(conn: Connection, rejection: Rejection) -> None:
    result = conn.execute(
        rejections.insert().values(
            trigger_id=rejection.trigger_id,
            received_at=rejection.received_at,
            reason=rejection.reason,
            source_ip=rejection.source_ip,
            headers=rejection.headers,
            size=rejection.size,
            quarantined=rejection.sealed is not None,
        )
    )
    if rejection.sealed is None:
        return
    key = result.inserted_primary_key
    if key is None:
        raise TypeError("the database gave no id")
    quarantine.keep(
        conn,
        key[0],
        rejection.sealed,
        trigger_id=rejection.trigger_id,
        received_at=rejection.received_at,
        by_hook_token=rejection.by_hook_token,
    )


def _forget_old(conn: Connection, trigger_id: TriggerId) -> None:
    """Keep the newest notes of what is not in quarantine."""
    plain = (
        rejections.c.trigger_id == trigger_id,
        rejections.c.quarantined == false(),
    )
    newest_to_go = conn.execute(
        select(rejections.c.id)
        .where(*plain)
        .order_by(rejections.c.id.desc())
        .limit(1)
        .offset(KEPT_PER_TRIGGER)
    ).scalar()
    if newest_to_go is not None:
        conn.execute(delete(rejections).where(*plain, rejections.c.id <= newest_to_go))


def count(conn: Connection, name: str, trigger_id: TriggerId, *, now: datetime) -> None:
    """Count something that happened to a delivery and left nothing else behind."""
    tally = Tally()
    tally.happened(name, at=to_micros(now), trigger_id=trigger_id)
    counters.write(conn, tally)


def newest(
    conn: Connection,
    trigger_id: TriggerId,
    *,
    limit: int,
    before: int | None = None,
    only_quarantined: bool = False,
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
    if only_quarantined:
        query = query.where(rejections.c.quarantined == true())
    return [Rejection(**row._mapping) for row in conn.execute(query)]  # noqa: SLF001 (SQLAlchemy's public name)
