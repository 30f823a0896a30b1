"""A due execution as both databases read it, and what a worker gets of it."""

from typing import NamedTuple

from recado.model.execution import Claimed, Lease
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.store.columns import from_micros
from recado.store.protocol import PRUNED


class DueRow(NamedTuple):
    """The columns that a claim reads, in their order; moments are microseconds."""

    id: ExecutionId
    trigger_id: TriggerId
    root_id: ExecutionId
    status: str
    attempt_count: int
    failure_count: int
    idempotency_key: str | None
    released_key: str | None
    ordering_key: str | None
    started_at: int
    held_since: int | None
    document: bytes | None


def lend(row: DueRow, worker: WorkerId, *, attempt: int) -> Claimed:
    """Return an execution as it is lent to a worker for an attempt."""
    return Claimed(
        lease=Lease(execution_id=row.id, worker=worker, attempt=attempt),
        trigger_id=row.trigger_id,
        root_id=row.root_id,
        failures=row.failure_count,
        idempotency_key=row.idempotency_key or row.released_key,
        ordering_key=row.ordering_key,
        accepted_at=from_micros(row.started_at),
        held_since=None if row.held_since is None else from_micros(row.held_since),
        event=row.document or PRUNED,
    )
