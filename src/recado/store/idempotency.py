"""Which execution holds an idempotency key, so that its event is not accepted again.

On SQLite a unique index of the executions tells. On PostgreSQL they are partitioned by
their ids, and no index over all partitions can be unique in anything else: there the
keys are held in a table of their own.
"""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    delete,
    select,
    tuple_,
)

from recado.model.ids import TriggerId
from recado.store.matching import literally
from recado.store.tables import HELD_KEY_SQL, trigger_executions

postgres_only = MetaData()
idempotency_keys = Table(
    "idempotency_keys",
    postgres_only,
    Column("trigger_id", BigInteger, nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("execution_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("trigger_id", "idempotency_key", name="uq_trigger_idem"),
)

_e = trigger_executions.c
_held = idempotency_keys.c


def holds(conn: Connection, trigger_id: TriggerId, key: str) -> ColumnElement[bool]:
    """Return the condition of the execution that holds a key."""
    if not _has_table(conn):
        is_key = and_(_e.trigger_id == trigger_id, _e.idempotency_key == key)
        return and_(is_key, literally(HELD_KEY_SQL))
    by_key = and_(_held.trigger_id == trigger_id, _held.idempotency_key == key)
    return _e.id == select(_held.execution_id).where(by_key).scalar_subquery()


def let_go(conn: Connection, ids: Sequence[int]) -> None:
    """Let the keys go that executions hold, before these are deleted."""
    if not _has_table(conn):
        return
    held = conn.execute(
        select(_e.trigger_id, _e.idempotency_key).where(
            _e.id.in_(ids), literally(HELD_KEY_SQL)
        )
    ).all()
    if held:
        conn.execute(
            delete(idempotency_keys).where(
                tuple_(_held.trigger_id, _held.idempotency_key).in_(map(tuple, held)),
                _held.execution_id.in_(ids),
            )
        )


def _has_table(conn: Connection) -> bool:
    return conn.dialect.name == "postgresql"
