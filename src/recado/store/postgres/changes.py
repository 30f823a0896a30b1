"""Queries and changes written with SQLAlchemy, on blocking connections, in threads."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from recado.errors import StoreBusyError, StoreError
from recado.store.postgres import locks
from recado.store.postgres.connect import Address
from recado.store.postgres.errors import AGAIN, reason, translated
from recado.store.protocol import P, T

READERS = 3
TRIES = 5

_HOLD = text("SELECT pg_advisory_xact_lock(:lock)")


class Changes:
    """Runs the queries of ``store/*.py``. Safe to use concurrently."""

    def __init__(self, address: Address) -> None:
        self._snapshots = address.engine(
            connections=READERS, isolation="REPEATABLE READ"
        )
        self._engine = address.engine(connections=1, isolation="READ COMMITTED")
        self._readers = ThreadPoolExecutor(READERS, "recado-reader")
        self._writer = ThreadPoolExecutor(1, "recado-writer")
        self._is_closed = False

    async def read(
        self,
        query: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kw: P.kwargs,
    ) -> T:
        """See ``Store.read``."""

        def run() -> T:
            with self._snapshots.connect() as conn:
                return query(conn, *args, **kw)

        self._refuse_when_closed()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, run)
        except DBAPIError as error:
            is_away = isinstance(error.orig, psycopg.OperationalError)
            kind = StoreBusyError if is_away else StoreError
            said = f"the database could not be read: {_said_by(error)}"
            raise kind(said) from None

    async def write(
        self,
        query: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kw: P.kwargs,
    ) -> T:
        """See ``Store.write``: one at a time of all nodes', as SQLite has one writer.

        What the queue does goes on meanwhile.
        """

        def run() -> T:
            with self._engine.begin() as conn:
                conn.execute(_HOLD, {"lock": locks.CHANGE})
                return query(conn, *args, **kw)

        self._refuse_when_closed()
        loop = asyncio.get_running_loop()
        for tries_left in reversed(range(TRIES)):
            try:
                return await loop.run_in_executor(self._writer, run)
            except (DBAPIError, psycopg.Error) as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                if isinstance(cause, AGAIN) and tries_left:
                    continue
                if isinstance(cause, psycopg.Error):
                    raise translated(cause) from None
                raise
        raise AssertionError  # the last try returns or raises

    def close(self) -> None:
        """Finish what is running, and disconnect."""
        self._is_closed = True
        self._writer.shutdown()
        self._readers.shutdown()
        self._engine.dispose()
        self._snapshots.dispose()

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise StoreBusyError("the database is being closed")


def _said_by(error: DBAPIError) -> str:
    return reason(error.orig) if isinstance(error.orig, psycopg.Error) else ""
