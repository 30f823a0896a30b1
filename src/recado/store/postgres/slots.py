"""Slots of the counters: each connection adds to rows of its own.

With one row for each counter, all transactions of all nodes would wait for each other
at it, each for the other's disk.
"""

from typing import Any

from psycopg import AsyncConnection

from recado.store.counters import SHARED
from recado.store.postgres.locks import Kind

__all__ = ("SHARED", "take")

MOST = 200

_TAKE = """
SELECT n FROM generate_series(%s::int, %s::int) AS n
WHERE pg_try_advisory_lock(%s, n) LIMIT 1
"""


async def take(connection: AsyncConnection[Any]) -> int:
    """Return a slot that is the connection's until it ends.

    When there are more connections than slots, they share one.
    """
    cursor = await connection.execute(_TAKE, (SHARED + 1, MOST, Kind.SLOT))
    row = await cursor.fetchone()
    return SHARED if row is None else int(row[0])
