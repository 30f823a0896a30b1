"""When partitions are made and dropped, beside all else and in threads."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from recado.store.postgres import partitions
from recado.store.postgres.connect import Address
from recado.store.postgres.errors import translated
from recado.store.protocol import P, T
from recado.store.pruning import Dropped


class Partitioning:
    """Makes and drops partitions on connections that last no longer than that."""

    def __init__(self, address: Address) -> None:
        self._engine = address.engine(isolation="READ COMMITTED")

    async def make_room(self, *, now: datetime) -> None:
        """See ``Store.make_room``."""

        def make(conn: Connection) -> None:
            with conn.begin():
                partitions.make_room(conn, now=now)

        await self._run(make)

    async def drop_old(self, *, ended_before: datetime, now: datetime) -> Dropped:
        """See ``Store.drop_old``."""
        return await self._run(_drop_old, ended_before=ended_before, now=now)

    async def _run(
        self,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def run() -> T:
            with self._engine.connect() as conn:
                return work(conn, *args, **kwargs)

        try:
            return await asyncio.to_thread(run)
        except DBAPIError as error:
            if isinstance(error.orig, psycopg.Error):
                raise translated(error.orig) from None
            raise


def _drop_old(conn: Connection, *, ended_before: datetime, now: datetime) -> Dropped:
    with conn.begin():
        found = partitions.old(conn, ended_before=ended_before)
    executions = payloads = 0
    for stretch in found.over:
        gone = partitions.drop(conn, stretch, ended_before=ended_before, now=now)
        if gone is not None:
            executions += gone.executions
            payloads += gone.payloads
    return Dropped(
        executions=executions,
        payloads=payloads,
        nearly_old=tuple((stretch.low, stretch.high) for stretch in found.nearly),
    )
