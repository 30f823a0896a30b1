"""Whom the triggers call, and whether they answer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recado.execution.actions.action import Action
from recado.model.trigger import ActionType, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """An instance or a host. ``is_open`` means that it does not answer.

    ``retry_at`` is when it is tried again. ``waiting`` is how many executions are
    held for it. ``triggers`` are the names of those that call it.
    """

    kind: str
    name: str
    is_open: bool
    retry_at: datetime | None
    waiting: int
    triggers: tuple[str, ...]


def destinations_of(
    triggers: Sequence[Trigger],
    actions: Mapping[ActionType, Action],
    *,
    states: Mapping[str, Mapping[str, Any]],
    waiting: Mapping[str, int],
) -> tuple[Destination, ...]:
    """Return every destination, those that do not answer first.

    ``states`` are the circuits that are not closed, also of hosts that only an event
    named; ``waiting`` counts what is held, both by destination.
    """
    callers: dict[str, list[str]] = {name: [] for name in states}
    for trigger in triggers:
        name = actions[trigger.action_type].destination(trigger)
        if name is not None:
            callers.setdefault(name, []).append(trigger.name)
    found = [
        _destination(
            name, tuple(names), state=states.get(name), waiting=waiting.get(name, 0)
        )
        for name, names in callers.items()
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_open, one.name)))


def _destination(
    destination: str,
    triggers: tuple[str, ...],
    *,
    state: Mapping[str, Any] | None,
    waiting: int,
) -> Destination:
    kind, _, rest = destination.partition(":")
    retry_at = None if state is None else state.get("retry_at")
    return Destination(
        kind=kind,
        name=rest.partition("#")[0],  # the rest is the mark of its token
        is_open=state is not None,
        retry_at=None if retry_at is None else datetime.fromisoformat(retry_at),
        waiting=waiting,
        triggers=triggers,
    )
