"""What an action promises: one attempt in, one outcome out."""

from hashlib import sha256
from typing import Protocol

from recado.model.execution import Claimed
from recado.model.outcome import Outcome
from recado.model.trigger import Trigger


class Action(Protocol):
    """Runs one attempt of one execution. Safe to run many at the same time."""

    def problems(self, payload: object) -> list[str]:
        """Return what is wrong with a trigger's ``action_payload``, in words.

        Called when a trigger is saved. An empty list means that it can run now.
        """
        ...

    def destination(self, trigger: Trigger) -> str | None:
        """Name what the action calls (``instance:…``, ``host:…``), for its circuit.

        None when it calls nobody, or when only the event tells whom.
        """
        ...

    async def run(self, claimed: Claimed, trigger: Trigger) -> Outcome:
        """Run the action once and return what came of it.

        A foreseen failure is returned as ``Failure`` with its facts, never raised.
        The caller ends it by cancelling at the trigger's time limit or when the
        worker stops; whatever it started (a process, a request) ends with it.
        """
        ...


def mark_of(trigger: Trigger) -> str:
    """Return what names of sends and requests begin with, to be a trigger's own.

    The id alone would not do: a lost database counts its ids from 1 again, and an old
    name must never be used for another content. Hence a mark of its random token.
    """
    return (
        f"{trigger.id}:{sha256(trigger.hook_token.reveal().encode()).hexdigest()[:16]}"
    )
