"""A dead letter is resolved without running it again."""

from recado.clock import Clock
from recado.model.ids import ExecutionId
from recado.observe.signals import Name, Signals
from recado.store import replays
from recado.store.audit import Actor
from recado.store.protocol import Store


async def discard(
    store: Store,
    execution_id: ExecutionId,
    *,
    actor: Actor,
    clock: Clock,
    signals: Signals,
) -> None:
    """Discard a dead letter.

    Raises:
        NotFoundError: There is no such execution.
        NotReplayableError: It is not a dead letter.
    """
    await store.write(replays.discard, execution_id, actor=actor, now=clock.now())
    signals.emit(Name.TRIGGER_DISCARD, execution_id=execution_id, actor=actor.name)
