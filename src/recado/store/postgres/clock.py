"""The database's time, for everything that hosts must agree on."""

import threading
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, text

from recado.errors import StoreError
from recado.store.columns import from_micros

SET_EVERY = 10.0  # seconds

STANDS_STILL_FOR = timedelta(seconds=10)
"""How far the clock may be ahead without going back."""

_NOW = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")


class Reading(NamedTuple):
    """What the database's clock showed at some moment between two of ours.

    ``micros`` are microseconds since 1970, the others seconds of ``time.monotonic``.
    """

    micros: int
    asked_at: float
    answered_at: float


Read = Callable[[Callable[[Connection], Reading]], Awaitable[Reading]]
Sleep = Callable[[float], Awaitable[None]]


class DatabaseClock:
    """Goes on by itself from what the database's clock showed. Safe in any thread.

    It is at most the round trip of its quickest reading away from that clock. Found to
    be ahead it stands still until it is right, for leases and attempts are measured
    with it; but by more than ``STANDS_STILL_FOR`` only the database's clock itself can
    have been set, and is followed: what is dated ahead of it would not be due.
    """

    def __init__(
        self, first: Reading, *, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._elapsed = elapsed
        self._lock = threading.Lock()
        # the database's time when `elapsed` was 0
        earliest, latest = _zeros(first)
        self._zero = earliest + (latest - earliest) / 2  # Cristian's algorithm
        self._told = self._zero

    def set(self, reading: Reading) -> None:
        """Correct it as far as a reading proves it wrong; a slow one proves little."""
        earliest, latest = _zeros(reading)
        with self._lock:
            self._zero = min(max(self._zero, earliest), latest)

    def now(self) -> datetime:
        """See ``Clock``."""
        with self._lock:
            now = self._zero + timedelta(seconds=self._elapsed())
            if not timedelta(0) < self._told - now <= STANDS_STILL_FOR:
                self._told = now
            return self._told


def _zeros(reading: Reading) -> tuple[datetime, datetime]:
    """Return the earliest and the latest the database's time can have been at our 0."""
    shown = from_micros(reading.micros)
    return (
        shown - timedelta(seconds=reading.answered_at),
        shown - timedelta(seconds=reading.asked_at),
    )


def read_time(conn: Connection) -> Reading:
    """Ask the database for its time."""
    asked_at = time.monotonic()
    micros = int(conn.execute(_NOW).scalar_one())
    return Reading(micros, asked_at, time.monotonic())


async def set_for_ever(clock: DatabaseClock, read: Read, *, sleep: Sleep) -> None:
    """Set a clock again and again; while the database is away it goes on by itself."""
    while True:
        await sleep(SET_EVERY)
        try:
            clock.set(await read(read_time))
        except StoreError:
            continue
