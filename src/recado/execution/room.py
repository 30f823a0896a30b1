"""How many more executions of each trigger may run beside those that do: pure."""

from collections.abc import Collection, Mapping

from recado.model.ids import TriggerId
from recado.model.trigger import PROCESS_ACTIONS, Trigger


def caps_of(triggers: Collection[Trigger]) -> dict[TriggerId, int]:
    """Return how many may run over all workers, of each trigger that has a limit."""
    return {
        trigger.id: trigger.settings.concurrency
        for trigger in triggers
        if trigger.settings.concurrency is not None
    }


def room_of(
    triggers: Collection[Trigger], *, busy: Mapping[TriggerId, int], processes: int
) -> dict[TriggerId, int]:
    """Return how many more may run, of each trigger that has a limit.

    ``busy`` counts those in hand by trigger. All triggers whose actions are programs
    share ``processes``.
    """
    programs = processes - sum(
        busy.get(trigger.id, 0)
        for trigger in triggers
        if trigger.action_type in PROCESS_ACTIONS
    )
    room = {}
    for trigger in triggers:
        limits = []
        if trigger.settings.concurrency is not None:
            limits.append(trigger.settings.concurrency - busy.get(trigger.id, 0))
        if trigger.action_type in PROCESS_ACTIONS:
            limits.append(programs)
        if limits:
            room[trigger.id] = max(0, min(limits))
    return room
