"""Locks that shared queries take, where the database needs one."""

from hashlib import blake2b
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class hold_lock(GenericFunction[int]):  # noqa: N801 (a function of SQL)
    """Takes a lock until the transaction ends; nothing where there is one writer."""

    type = BigInteger()
    inherit_cache = True


@compiles(hold_lock)
def _nothing(_element: Any, _compiler: Any, **_: Any) -> str:
    return "0"


@compiles(hold_lock, "postgresql")
def _advisory(element: Any, compiler: Any, **options: Any) -> str:
    number = compiler.process(element.clauses, **options)
    return f"length(pg_advisory_xact_lock({number})::text)"


_HOLD = select(hold_lock(bindparam("lock", type_=BigInteger)))


def of_order(trigger_id: int, ordering_key: str) -> int:
    """Return the lock of one trigger's ordering key.

    Whoever stores or ends an execution of that key holds it until the commit: only so
    is it certain who is the first unfinished one. Where one transaction takes several,
    it does so in ascending order and before it locks any row.
    """
    content = b"%d|%s" % (trigger_id, ordering_key.encode(errors="replace"))
    digest = blake2b(content, digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def hold_order(conn: Connection, trigger_id: int, ordering_key: str) -> None:
    """Hold the lock of one ordering key until the transaction ends."""
    conn.execute(_HOLD, {"lock": of_order(trigger_id, ordering_key)})
