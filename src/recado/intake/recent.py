"""The last deliveries that were not stored though nothing was wrong with them.

In memory only: their counts are on the disk, and to write each one down would cost a
filtered event more than an accepted one. A restart forgets them.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from recado.model.ids import TriggerId

KEPT_PER_TRIGGER = 20


@dataclass(frozen=True, slots=True)
class NotStored:
    """A filtered or a duplicate delivery. ``reason`` holds nothing of its content."""

    received_at: datetime
    arrival: str
    event_type: str
    reason: str


class RecentDeliveries:
    """The newest few of each trigger."""

    def __init__(self) -> None:
        self._by_trigger: dict[TriggerId, deque[NotStored]] = {}

    def add(self, trigger_id: TriggerId, one: NotStored) -> None:
        """Remember one, and forget the oldest."""
        kept = self._by_trigger.get(trigger_id)
        if kept is None:
            kept = self._by_trigger[trigger_id] = deque(maxlen=KEPT_PER_TRIGGER)
        kept.appendleft(one)

    def of_trigger(self, trigger_id: TriggerId) -> list[NotStored]:
        """Return what is remembered of a trigger, newest first."""
        return list(self._by_trigger.get(trigger_id, ()))
