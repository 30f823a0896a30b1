"""Duties that one process of all has: a bulk, the pruning."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Any

import psycopg
from psycopg import AsyncConnection

from recado.errors import StoreBusyError
from recado.store.postgres.errors import reason
from recado.store.postgres.locks import Kind

Connect = Callable[[], Awaitable[AsyncConnection[Any]]]


class Duties:
    """Locks that end with the connection, and so with the process, that holds them.

    The connection is there only while a duty is held.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._turn = asyncio.Lock()
        self._connection: AsyncConnection[Any] | None = None
        self._held: set[str] = set()

    async def take(self, duty: str) -> bool:
        """Take a duty; False when another process has it.

        Raises:
            StoreBusyError: It is not known who has it.
        """
        async with self._turn:
            try:
                return await self._take(duty)
            except psycopg.Error as error:
                await self._let_all_go()
                raise StoreBusyError(
                    f"the database cannot be reached: {reason(error)}"
                ) from None

    async def let_go(self, duty: str) -> None:
        """Give a duty up; another process may take it."""
        async with self._turn:
            self._held.discard(duty)
            if self._connection is not None:
                values = (Kind.DUTY, _number(duty))
                # Also before the connection ends, which the server notices only some
                # time later. What broke meanwhile is no longer held anyway.
                with contextlib.suppress(psycopg.Error):
                    await self._connection.execute(
                        "SELECT pg_advisory_unlock(%s, %s)", values
                    )
            if not self._held:
                await self._let_all_go()

    async def close(self) -> None:
        """Give up all."""
        async with self._turn:
            await self._let_all_go()

    async def _take(self, duty: str) -> bool:
        self._connection = connection = self._connection or await self._connect()
        if duty in self._held:
            await connection.execute("SELECT 1")  # raises if it was lost meanwhile
            return True
        cursor = await connection.execute(
            "SELECT pg_try_advisory_lock(%s, %s)", (Kind.DUTY, _number(duty))
        )
        [(is_taken,)] = await cursor.fetchall()
        if is_taken:
            self._held.add(duty)
        elif not self._held:
            await self._let_all_go()
        return bool(is_taken)

    async def _let_all_go(self) -> None:
        connection, self._connection = self._connection, None
        self._held.clear()
        if connection is not None:
            await connection.close()


def _number(duty: str) -> int:
    digest = blake2b(duty.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big", signed=True)
