"""The triggers in memory, so that accepting an event asks no database for them."""

import asyncio
from datetime import datetime, timedelta

from recado.clock import Clock
from recado.errors import StoreBusyError
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
        self._looking = asyncio.Lock()
        self._looked_at: datetime | None = None
        self._may_miss_some = False
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

    async def look_again(self) -> None:
        """Read all triggers, as one that is not known may be another process's.

        At most once a second, and not at all when the database is not shared.

        Raises:
            StoreError: They could not be read, now or a moment ago.
        """
        if not self._store.is_shared:
            return
        async with self._looking:
            now = self._clock.now()
            if self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
                self._looked_at, self._may_miss_some = now, True
                await self.load()
                self._may_miss_some = False
            elif self._may_miss_some:
                raise StoreBusyError("the triggers could not be read a moment ago")

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


LOOK_EVERY = timedelta(seconds=1)
"""How often strangers may make a process look for a trigger that is not there."""

MAX_AGE = timedelta(minutes=1)
"""After this a rotated secret whose overlap has ended is forgotten in memory too."""
