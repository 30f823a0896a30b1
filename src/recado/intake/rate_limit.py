"""How many deliveries a minute a trigger takes, counted in memory."""

import math
from datetime import datetime
from typing import NoReturn

from recado.errors import LimitedError
from recado.model.ids import TriggerId
from recado.model.trigger import Trigger

_MINUTE = 60.0


class RateLimits:
    """A bucket for each trigger that has a ``rate_limit``.

    A full one holds the deliveries of a minute, and it fills evenly; so after a quiet
    minute that many may come at once. Only deliveries of a proven sender count: a
    stranger cannot use up what is another's.
    """

    def __init__(self) -> None:
        self._buckets: dict[TriggerId, tuple[float, datetime]] = {}

    def count(self, trigger: Trigger, *, at: datetime) -> None:
        """Count a delivery of a trigger.

        Raises:
            LimitedError: It is one too many; says in how many seconds there is room.
        """
        limit = trigger.settings.rate_limit
        if limit is None:
            return
        left = self._left(trigger.id, limit, at)
        _check(left, limit)
        self._buckets[trigger.id] = (left - 1.0, at)

    def check(self, trigger: Trigger, *, at: datetime) -> None:
        """Return when a delivery would not be one too many; it does not count.

        Raises:
            LimitedError: It would be; says in how many seconds there is room.
        """
        limit = trigger.settings.rate_limit
        if limit is not None:
            _check(self._left(trigger.id, limit, at), limit)

    def _left(self, trigger_id: TriggerId, limit: int, at: datetime) -> float:
        left, before = self._buckets.get(trigger_id, (float(limit), at))
        passed = max(0.0, (at - before).total_seconds())
        return min(float(limit), left + passed * limit / _MINUTE)


def _check(left: float, limit: int) -> None:
    if left < 1.0:
        refuse(limit, wait=(1.0 - left) * _MINUTE / limit)


def refuse(limit: int, *, wait: float) -> NoReturn:
    """Refuse a delivery that is one too many; there is room in ``wait`` seconds.

    Raises:
        LimitedError: Always.
    """
    raise LimitedError(
        f"more deliveries than settings.rate_limit allows, {limit:,} a minute",
        retry_after=math.ceil(wait),
    )
