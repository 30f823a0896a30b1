"""The database's time, for everything that hosts must agree on."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from recado.errors import StoreError
from recado.store.columns import from_micros

SET_EVERY = 10.0  # seconds

_NOW = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")

Read = Callable[[Callable[[Connection], int]], Awaitable[int]]
Sleep = Callable[[float], Awaitable[None]]


class DatabaseClock:
    """Tells the time that the database told last, and what has passed since."""

    def __init__(self, micros: int) -> None:
        self.set(micros)

    def set(self, micros: int) -> None:
        """Set it by what the database just said."""
        self._set = (from_micros(micros), time.monotonic())

    def now(self) -> datetime:
        """See ``Clock``."""
        then, at = self._set
        return then + timedelta(seconds=time.monotonic() - at)


def now_of(conn: Connection) -> int:
    """Return the database's time, in microseconds."""
    return int(conn.execute(_NOW).scalar_one())


async def set_for_ever(clock: DatabaseClock, read: Read, *, sleep: Sleep) -> None:
    """Set a clock again and again; while the database is away it goes on by itself."""
    while True:
        await sleep(SET_EVERY)
        try:
            clock.set(await read(now_of))
        except StoreError:
            continue
