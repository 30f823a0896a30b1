"""When partitions are made and dropped, beside all else and in threads."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Concatenate

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from recado.errors import StoreBusyError, StoreError
from recado.store.postgres import dropping, partitions
from recado.store.postgres.connect import Address
from recado.store.postgres.errors import translated
from recado.store.protocol import P, T
from recado.store.pruning import Dropped

CANCEL_WITHIN, CANCEL_EVERY = 5.0, 0.5  # seconds


class Partitioning:
    """Makes and drops partitions on connections that last no longer than that."""

    def __init__(self, address: Address) -> None:
        self._engine = address.engine(isolation="READ COMMITTED")
        self._open: set[psycopg.Connection] = set()
        self._running: set[asyncio.Future[Any]] = set()
        self._is_closing = False

    async def make_room(self, *, now: datetime) -> None:
        """See ``Store.make_room``."""

        def make(conn: Connection) -> None:
            with conn.begin():
                partitions.make_room(conn, now=now)

        await self._run(make)

    async def drop_old(self, *, retention: timedelta, now: datetime) -> Dropped:
        """See ``Store.drop_old``."""
        return await self._run(self._drop_old, retention=retention, now=now)

    async def close(self) -> None:
        """Break off what is running; each transaction of it is whole or not at all."""
        self._is_closing = True
        while running := list(self._running):
            for connection in list(self._open):
                # a database that is away has broken it off already
                with contextlib.suppress(psycopg.Error):
                    await asyncio.to_thread(
                        connection.cancel_safe, timeout=CANCEL_WITHIN
                    )
            # again: a cancel between two statements breaks nothing off
            await asyncio.wait(running, timeout=CANCEL_EVERY)
        self._engine.dispose()

    async def _run(
        self,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def run() -> T:
            with self._engine.connect() as conn:
                raw = conn.connection.driver_connection
                if not isinstance(raw, psycopg.Connection):
                    raise TypeError("not a connection of psycopg")
                self._open.add(raw)
                try:
                    self._stop_if_closing()
                    return work(conn, *args, **kwargs)
                finally:
                    self._open.discard(raw)

        # A thread goes on when the task is cancelled that waits for it: `close` waits.
        running = asyncio.get_running_loop().run_in_executor(None, run)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        try:
            return await running
        except DBAPIError as error:
            raise _ours(error) from None

    def _drop_old(
        self, conn: Connection, *, retention: timedelta, now: datetime
    ) -> Dropped:
        ended_before = now - retention
        with conn.begin():
            ages = partitions.ages(
                conn,
                accepted_before=ended_before,
                within=dropping.left_for(retention),
            )
        executions = payloads = 0
        busy, failed = list[partitions.Stretch](), None
        for stretch in ages.old:
            self._stop_if_closing()
            try:
                gone = dropping.detach(
                    conn, stretch, ended_before=ended_before, now=now
                )
            except DBAPIError as error:
                failed = self._put_off(error)
                busy.append(stretch)
                continue
            if gone is not None:
                executions += gone.executions
                payloads += gone.payloads
        return Dropped(
            executions=executions,
            payloads=payloads,
            go_later=tuple(
                (one.low, one.high) for one in sorted([*busy, *ages.nearly_old])
            ),
            failed=self._finish_all(conn) or failed,
        )

    def _finish_all(self, conn: Connection) -> StoreError | None:
        """Drop all that is detached, also by one who was killed; why one is there."""
        failed = None
        with conn.begin():
            names = dropping.unfinished(conn)
        for name in names:
            self._stop_if_closing()
            try:
                dropping.finish(conn, name)
            except DBAPIError as error:
                failed = self._put_off(error)
        return failed

    def _put_off(self, error: DBAPIError) -> StoreError:
        """Return why one thing was not done now; raise it when all is to end."""
        if self._is_closing:
            raise error
        return _ours(error)

    def _stop_if_closing(self) -> None:
        if self._is_closing:
            raise StoreBusyError("the database is being closed")


def _ours(error: DBAPIError) -> StoreError:
    if isinstance(error.orig, psycopg.Error):
        return translated(error.orig)
    raise error
