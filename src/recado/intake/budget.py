"""How much of something may happen: a store of tokens that fills up again."""

from datetime import datetime


class Budget:
    """Takes ``burst`` at once, and ``per_second`` for ever."""

    def __init__(self, *, burst: float, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._left = burst
        self._at: datetime | None = None

    def has(self, amount: float, *, at: datetime) -> bool:
        """Tell whether an amount can be spent at a moment."""
        if self._at is not None:
            # a clock that is set back must not empty it
            seconds = max(0.0, (at - self._at).total_seconds())
            self._left = min(self._burst, self._left + seconds * self._per_second)
        self._at = at
        return amount <= self._left

    def spend(self, amount: float) -> None:
        """Spend what ``has`` said is there."""
        self._left -= amount
