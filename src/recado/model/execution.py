"""Trigger x event: the durable unit, its attempts, and the lease on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from recado.model.category import Category
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.status import Status


class Lease(NamedTuple):
    """The right of one worker to settle one attempt."""

    execution_id: ExecutionId
    worker: WorkerId
    attempt: int


class Claimed(NamedTuple):
    """An execution lent to a worker: all it needs to run one attempt.

    ``attempt`` counts from 1. ``failures`` are the attempts so far that count
    towards ``max_attempts``. ``root_id`` is the first execution of the chain of
    replays, so that a logical send keeps its name. ``event`` is the JSON text of the
    stored event. ``held_since`` is when it was first held for its destination.
    """

    lease: Lease
    trigger_id: TriggerId
    root_id: ExecutionId
    failures: int
    idempotency_key: str | None
    ordering_key: str | None
    accepted_at: datetime
    held_since: datetime | None
    event: bytes

    @property
    def id(self) -> ExecutionId:
        """The execution's id."""
        return self.lease.execution_id

    @property
    def attempt(self) -> int:
        """Which attempt this is; the first is 1."""
        return self.lease.attempt


class Attempt(NamedTuple):
    """One try of the action, as it is kept. ``number`` counts from 1.

    ``outcome`` is ``completed``, ``failed``, ``released`` (given back by a worker
    that stopped) or ``abandoned`` (its worker vanished).
    """

    number: int
    started_at: datetime
    finished_at: datetime
    outcome: str
    error: str | None = None
    error_category: Category | None = None
    output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """An execution as it is read back and shown.

    ``event_size`` is in bytes; ``event_data`` is None where it was pruned, and in lists
    where it is large. ``held_for`` is the destination or the trigger it waits for.
    """

    id: ExecutionId
    trigger_id: TriggerId
    status: Status
    event_data: bytes | None
    event_size: int | None
    idempotency_key: str | None
    ordering_key: str | None
    attempt_count: int
    next_attempt_at: datetime | None
    held_for: str | None = None
    result_summary: str | None
    error: str | None
    error_category: Category | None
    error_fingerprint: str | None
    may_have_acted: bool
    started_at: datetime
    completed_at: datetime | None
    last_replay_at: datetime | None
    replay_of: ExecutionId | None
    replayed_by: ExecutionId | None
    attempts: tuple[Attempt, ...] = ()
