"""The triggers in memory, so that accepting an event asks no database for them."""

import asyncio
from datetime import timedelta

from recado.clock import Clock
from recado.model.ids import TriggerId
from recado.model.trigger import Trigger
from recado.store import triggers
from recado.store.cipher import Cipher
from recado.store.protocol import Store


class KnownTriggers:
    """All triggers by id and by hook token, as of the last ``load``."""

    def __init__(self, store: Store, *, cipher: Cipher, clock: Clock) -> None:
        self._store = store
        self._cipher = cipher
        self._clock = clock
        self._loading = asyncio.Lock()
        self._by_id: dict[TriggerId, Trigger] = {}
        self._by_hook_token: dict[str, Trigger] = {}

    async def load(self) -> None:
        """Read all triggers; call after each change, and once in ``MAX_AGE``."""
        # One after the other, or an older snapshot could replace a newer one.
        async with self._loading:
            known = await self._store.read(
                triggers.every, cipher=self._cipher, now=self._clock.now()
            )
            self._by_id = {trigger.id: trigger for trigger in known}
            self._by_hook_token = {
                trigger.hook_token.reveal(): trigger for trigger in known
            }

    def find(self, trigger_id: TriggerId) -> Trigger | None:
        """Return the trigger with this id."""
        return self._by_id.get(trigger_id)

    def find_by_hook_token(self, token: str) -> Trigger | None:
        """Return the trigger whose delivery URL ends in this token.

        A dictionary look-up is not constant-time, but it compares hashes that are
        salted per process, so its time tells nothing about a 128-bit token.
        """
        return self._by_hook_token.get(token)

    def every(self) -> list[Trigger]:
        """Return all triggers, oldest first."""
        return list(self._by_id.values())


MAX_AGE = timedelta(minutes=1)
"""After this a rotated secret whose overlap has ended is forgotten in memory too."""
