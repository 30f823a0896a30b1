"""A new execution of a dead letter's event."""

from collections.abc import Callable

from recado.clock import Clock
from recado.model.ids import ExecutionId
from recado.observe.signals import Name, Signals
from recado.store import replays
from recado.store.audit import Actor
from recado.store.protocol import Store


async def replay(
    store: Store,
    execution_id: ExecutionId,
    *,
    actor: Actor,
    clock: Clock,
    signals: Signals,
    wake: Callable[[], None],
) -> ExecutionId:
    """Replay a dead letter and return the new execution's id.

    Raises:
        NotFoundError: There is no such execution.
        RateLimitedError: It was replayed less than 60 seconds ago.
        NotReplayableError: It is not a dead letter.
    """
    new_id = await store.write(
        replays.replay, execution_id, actor=actor, now=clock.now()
    )
    wake()
    signals.emit(
        Name.TRIGGER_REPLAY,
        execution_id=execution_id,
        new_execution_id=new_id,
        actor=actor.name,
    )
    return new_id
