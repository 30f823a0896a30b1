"""What may be asked of durable state, whichever database keeps it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

from recado.clock import Clock
from recado.model.category import Category
from recado.model.execution import Attempt, Claimed
from recado.model.ids import ExecutionId, TriggerId, WorkerId
from recado.model.status import Status
from recado.store.pruning import Dropped
from recado.store.quarantine import KeptDelivery

P = ParamSpec("P")
T = TypeVar("T")

PRUNED = b"{}"
"""What an action gets when the event's payload has been pruned by age."""

ABANDONED = "the worker vanished during this attempt"
"""The error of an attempt whose lease ended."""


class Topic(StrEnum):
    """What processes on one database tell each other of."""

    DUE = "due"
    TRIGGERS = "triggers"
    CIRCUITS = "circuits"


class NewExecution(NamedTuple):
    """What is stored when an event is accepted.

    ``dedupe_until`` is when ``idempotency_key`` stops blocking. ``came_at`` is when the
    delivery came, if that was before it could be accepted at ``received_at``; what it
    is a duplicate of is judged at that time.
    """

    trigger_id: TriggerId
    document: bytes
    idempotency_key: str | None
    dedupe_until: datetime | None
    ordering_key: str | None
    received_at: datetime
    came_at: datetime | None = None

    def other_windows(self, now: datetime) -> tuple[datetime, datetime | None]:
        """Return up to when, and from when on, the end of a key's window is another's.

        A delivery that came long before it is accepted is no duplicate of one that
        came so much later that their windows do not meet.
        """
        if self.came_at is None or self.dedupe_until is None:
            return now, None
        window = self.dedupe_until - self.came_at
        return self.came_at, self.dedupe_until + window


class KeptExecution(NamedTuple):
    """An execution of a delivery in quarantine, which its acceptance ends."""

    kept: KeptDelivery
    new: NewExecution


class Settlement(NamedTuple):
    """How one lease ends: that of ``claimed``.

    ``attempt`` is None when none was spent. ``counts`` tells whether it is a failure
    towards ``max_attempts``. ``due_at`` is when the execution may be claimed again;
    None with HELD waits until it is released.
    """

    claimed: Claimed
    status: Status
    at: datetime
    attempt: Attempt | None = None
    counts: bool = False
    due_at: datetime | None = None
    held_for: str | None = None
    result_summary: str | None = None
    error: str | None = None
    error_category: Category | None = None
    error_fingerprint: str | None = None
    may_have_acted: bool = False
    sent: int = 0


class Queue(Protocol):
    """The executions as work: accepted, lent, settled. Safe to use concurrently."""

    def accept(self, new: NewExecution) -> Awaitable[ExecutionId | None]:
        """Store an event's execution and sync it to disk; None for a duplicate.

        Of any number of simultaneous calls with one trigger and key exactly one gets
        an id. A key past its window is released and does not block.

        Raises:
            StoreBusyError: It is not stored; the sender must deliver again.
            StoreIntegrityError: A constraint other than the duplicate check failed.
        """
        ...

    async def accept_kept(
        self, items: Sequence[KeptExecution]
    ) -> dict[int, ExecutionId | None]:
        """Accept deliveries from quarantine, in order, and remove them from it.

        One transaction. Returns the new ids by those of the rejections, None for a
        duplicate, and nothing for one that was not in quarantine any more: of any
        number of calls only one accepts it.

        Raises:
            StoreBusyError: All are where they were.
        """
        ...

    async def claim(
        self,
        worker: WorkerId,
        *,
        limit: int,
        lease: timedelta,
        room: Mapping[TriggerId, int],
        caps: Mapping[TriggerId, int],
    ) -> list[Claimed]:
        """Lend up to ``limit`` due executions to ``worker``, longest due first.

        Each becomes RUNNING and its attempt goes up by one. Of a trigger named in
        ``room`` at most that many are lent; of one named in ``caps`` never more than
        that many are lent to all workers of a shared database together. Of executions
        with one ordering key only the first unfinished one is ever lent. No execution
        is lent twice at a time. Nothing due gives an empty list: this never waits for
        work.

        Raises:
            StoreBusyError: Nothing was lent.
        """
        ...

    async def settle(self, settlement: Settlement) -> None:
        """End a lease and write down what came of it.

        Raises:
            LeaseLostError: The lease is not held any more; nothing was changed.
            StoreBusyError: Nothing was changed.
        """
        ...

    async def extend(
        self, worker: WorkerId, ids: Collection[ExecutionId], *, lease: timedelta
    ) -> int:
        """Let a worker's leases on these end that much after now; returns how many."""
        ...

    async def rescue(self, *, everything: bool = False) -> int:
        """Take back executions whose lease has ended; returns how many.

        The attempt is written down as ``abandoned`` and counts as a failure, so that
        an execution which kills its worker does not do so for ever. With
        ``everything`` all leases end: for the start of a database's only process.
        """
        ...

    async def next_due_at(
        self,
        *,
        leave_out: Collection[TriggerId] = (),
        caps: Mapping[TriggerId, int] | None = None,
    ) -> datetime | None:
        """Return when the next execution is due; None when nothing waits for time.

        Executions of the triggers to leave out do not count, as they have no room; on
        a shared database neither do those of triggers that run up to their ``caps``.
        """
        ...

    async def release_held(
        self, *, held_for: str, trigger_id: TriggerId | None = None
    ) -> int:
        """Make what is held for a destination (of one trigger) due now."""
        ...


class Store(Queue, Protocol):
    """Durable state: the queue, and any query of this package's modules."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may use the database at the same time."""
        ...

    @property
    def clock(self) -> Clock:
        """The time on which all that use the database agree."""
        ...

    async def read(
        self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query of this package on a consistent snapshot, off the event loop."""
        ...

    async def write(
        self, query: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a change of this package in a transaction and sync it to disk.

        Raises:
            StoreBusyError: Nothing was changed.
        """
        ...

    async def make_room(self) -> None:
        """See to it that what is accepted within the next hours has its place.

        To be called every minute. Nothing is lost if it fails, but what is accepted
        without a place of its own is pruned row by row.

        Raises:
            StoreBusyError: No room was made.
        """
        ...

    async def drop_old(self, *, retention: timedelta, now: datetime) -> Dropped:
        """Delete what ended longer ago in whole stretches, where that is possible.

        Does what ``pruning.prune`` does, at a cost that goes with what stays.

        Raises:
            StoreBusyError: It is not known what is old, or the store was closed.
        """
        ...

    async def count_delivery(
        self, trigger_id: TriggerId, *, per_minute: int, at: datetime
    ) -> float:
        """Count a delivery of a trigger with a limit, over all processes.

        Returns 0, or in how many seconds there is room for it; then it is not counted.
        Always 0 when the database is not shared: the process counts by itself.

        Raises:
            StoreBusyError: It was not counted.
        """
        ...

    def listen(self, topic: Topic, take: Callable[[], None]) -> None:
        """Call ``take`` when another process has told of a topic.

        Being told is not certain, so it is also called every few seconds. Never, when
        the database is not shared.
        """
        ...

    def tell(self, topic: Topic) -> None:
        """Tell the other processes, soon. Never waits, and never fails."""
        ...

    async def take(self, duty: str) -> bool:
        """Become the one process that has a duty; False when another one has it.

        It ends with ``let_go``, or with the process. Can be repeated by who has it, to
        know that it still has it.

        Raises:
            StoreBusyError: It is not known who has it.
        """
        ...

    async def let_go(self, duty: str) -> None:
        """Give a duty up."""
        ...

    async def close(self) -> None:
        """Finish what is waiting and close the database. Can be called twice."""
        ...
