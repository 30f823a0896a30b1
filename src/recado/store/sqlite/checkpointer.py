"""Moves the log into the database beside the writer, off the accept path.

A checkpoint by the writer itself would stop accepting for its whole length. This one
has its own connection and thread. Under unbroken load it can never finish, because
the log grows meanwhile; then the writer does the small rest between two batches.
"""

import asyncio
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor

LOG = logging.getLogger("recado.store")

CHANGES_BETWEEN = 2_000
"""Changes between two checkpoints; one change is about three pages of 4 KiB."""

LONG_LOG = 4_000
"""Pages (16 MiB) from which on the writer must help.

A log that begins again at its start is written over, which takes a third less of the
processor and of the time than making the file longer: that changes where it lies.
"""

LONGEST_LOG = 16_000
"""Pages (64 MiB) from which on the writer waits for those who read from the log."""


class Checkpointer:
    """Runs passive checkpoints in the background. Belongs to one event loop."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, "recado-checkpoint")
        self._loop = asyncio.get_running_loop()
        self._running: asyncio.Future[int] | None = None
        self._changes = 0

    def log_to_restart_after(self, changes: int) -> int:
        """Count changes, start a checkpoint when due, and never wait.

        Returns the pages of the log when the writer must help, else 0.
        """
        self._changes += changes
        if self._running is not None:
            if not self._running.done():
                return 0
            pages, self._running = self._running.result(), None
            if pages > LONG_LOG:
                # However much was moved, new pages came meanwhile, and only a log that
                # is moved wholly begins again at its start. Now little is missing.
                return pages
        if self._changes >= CHANGES_BETWEEN:
            self._changes = 0
            self._running = self._loop.run_in_executor(self._thread, self._checkpoint)
        return 0

    async def close(self) -> None:
        """Wait for a running checkpoint and close the connection."""
        if self._running is not None:
            await self._running
        self._thread.shutdown()
        self._connection.close()

    def _checkpoint(self) -> int:
        """Return how many pages are in the log."""
        try:
            [row] = self._connection.execute(
                "PRAGMA wal_checkpoint(PASSIVE)"
            ).fetchall()
        except sqlite3.Error as error:
            # A full disk, most likely. The log keeps everything; the next one tries.
            LOG.warning("the log could not be moved into the database: %s", error)
            return 0
        return int(row[1])
