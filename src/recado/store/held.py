"""What is held for a trigger goes on in the transaction that lets it."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Connection,
    func,
    literal_column,
    select,
    type_coerce,
)

from recado.model.ids import TriggerId
from recado.model.status import Status
from recado.store import counters
from recado.store.counters import BY_STATUS, MICROS_PER_HOUR, Tally
from recado.store.tables import trigger_executions

_e = trigger_executions.c


def of_trigger(trigger_id: TriggerId) -> str:
    """Return what an execution is held for while its trigger is paused."""
    return f"trigger:{trigger_id}"


def release_of_trigger(
    conn: Connection, trigger_id: TriggerId, *, now: datetime
) -> int:
    """Make what is held for a paused trigger due now; returns how many."""
    is_held = (_e.status == Status.HELD, _e.held_for == of_trigger(trigger_id))
    tally, count = Tally(), 0
    # locked, where a worker could take one of them between the count and the change
    locked = select(_e.started_at).where(*is_held).with_for_update().subquery()
    per_hour = literal_column(str(MICROS_PER_HOUR), BigInteger)
    hour = type_coerce(locked.c.started_at, BigInteger).op("/")(per_hour)
    for accepted_in, times in conn.execute(select(hour, func.count()).group_by(hour)):
        at = accepted_in * MICROS_PER_HOUR
        tally.happened(
            BY_STATUS[Status.HELD], at=at, trigger_id=trigger_id, times=-times
        )
        tally.happened(
            BY_STATUS[Status.PENDING], at=at, trigger_id=trigger_id, times=times
        )
        count += times
    if count:
        conn.execute(
            trigger_executions.update()
            .where(*is_held)
            .values(status=Status.PENDING, due_at=now, held_for=None)
        )
        counters.write(conn, tally)
    return count
