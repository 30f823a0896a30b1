"""When partitions are made and dropped, beside all else and in threads."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Concatenate

import psycopg
from psycopg import errors
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from recado.errors import StoreError
from recado.store.postgres import dropping, partitions
from recado.store.postgres.connect import Address
from recado.store.postgres.errors import translated
from recado.store.protocol import P, T
from recado.store.pruning import Dropped

CANCEL_WITHIN = 5.0  # seconds


class Partitioning:
    """Makes and drops partitions on connections that last no longer than that."""

    def __init__(self, address: Address) -> None:
        self._engine = address.engine(isolation="READ COMMITTED")
        self._open: set[psycopg.Connection] = set()
        self._running: set[asyncio.Future[Any]] = set()

    async def make_room(self, *, now: datetime) -> None:
        """See ``Store.make_room``."""

        def make(conn: Connection) -> None:
            with conn.begin():
                partitions.make_room(conn, now=now)

        await self._run(make)

    async def drop_old(self, *, retention: timedelta, now: datetime) -> Dropped:
        """See ``Store.drop_old``."""
        return await self._run(_drop_old, retention=retention, now=now)

    async def close(self) -> None:
        """Break off what is running; each transaction of it is whole or not at all."""
        for connection in list(self._open):
            # a database that is away has broken it off already
            with contextlib.suppress(psycopg.Error):
                await asyncio.to_thread(connection.cancel_safe, timeout=CANCEL_WITHIN)
        await asyncio.gather(*self._running, return_exceptions=True)
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


def _drop_old(conn: Connection, *, retention: timedelta, now: datetime) -> Dropped:
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
        try:
            gone = dropping.detach(conn, stretch, ended_before=ended_before, now=now)
        except DBAPIError as error:
            failed = _put_off(error)
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
        failed=_finish_all(conn) or failed,
    )


def _finish_all(conn: Connection) -> StoreError | None:
    """Drop all that is detached, also by one who was killed; why one is still there."""
    failed = None
    with conn.begin():
        names = dropping.unfinished(conn)
    for name in names:
        try:
            dropping.finish(conn, name)
        except DBAPIError as error:
            failed = _put_off(error)
    return failed


def _put_off(error: DBAPIError) -> StoreError:
    """Return why one thing was not done now; raise what ends them all: a close."""
    if isinstance(error.orig, errors.QueryCanceled):
        raise error
    return _ours(error)


def _ours(error: DBAPIError) -> StoreError:
    if isinstance(error.orig, psycopg.Error):
        return translated(error.orig)
    raise error
