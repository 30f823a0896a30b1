"""A PostgreSQL database as an end of a copy."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, Row, Table, text
from sqlalchemy.exc import DBAPIError

from recado.errors import StoreError
from recado.store.idempotency import idempotency_keys
from recado.store.postgres import locks, partitions
from recado.store.postgres.connect import Address, unreachable
from recado.store.postgres.errors import translated
from recado.store.postgres.open import bring_up
from recado.store.tables import HELD_KEY_SQL

NAME = "recado db copy"

_TAKE = text(f"SELECT pg_try_advisory_lock({locks.MIGRATION})")
_LET_GO = text(f"SELECT pg_advisory_unlock({locks.MIGRATION})")
_NODES = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND application_name = 'recado'"
)
LOOKS = 50
"""Times that it looks for a node, with a tenth of a second between two of them."""
_WAIT = text("SELECT pg_sleep(0.1)")
# The other end may take its time; what a stranger has locked is no reason to hang.
_PATIENCE = (
    text("SET LOCAL idle_in_transaction_session_timeout = 0"),
    text("SET LOCAL lock_timeout = '10s'"),
)


@dataclass(frozen=True, slots=True)
class PostgresEnd:
    """See the protocol."""

    conn: Connection
    raw: psycopg.Connection[Any]

    def clear(self, tables: Sequence[Table]) -> None:
        """See the protocol."""
        names = ", ".join(one.name for one in (*tables, idempotency_keys))
        self.conn.execute(text(f"TRUNCATE {names}"))

    def make_room(self, first: int, last: int) -> None:
        """See the protocol."""
        partitions.make_room_for(self.conn, first, last)

    def add(self, table: Table, rows: Sequence[Row[Any]]) -> None:
        """See the protocol."""
        names = ", ".join(table.columns.keys())
        statement = f"COPY {table.name} ({names}) FROM STDIN"
        if table.name not in partitions.TABLES:
            # Which the TRUNCATE before allows: nobody sees the rows before the commit,
            # and no vacuum need write them again.
            statement += " WITH (FREEZE)"
        with self.raw.cursor() as cursor, cursor.copy(statement.encode()) as copying:
            for row in rows:
                copying.write_row(row)

    def complete(self, tables: Sequence[Table]) -> None:
        """See the protocol; and let the planner know what there is."""
        for table in tables:
            if table.autoincrement_column is not None:
                self.conn.execute(_next_id(table))
        self.conn.execute(_HOLD_KEYS)
        self.conn.execute(text("ANALYZE"))

    def commit(self) -> None:
        """See the protocol."""
        self.conn.commit()


_HOLD_KEYS = text(
    "INSERT INTO idempotency_keys (trigger_id, idempotency_key, execution_id) "
    f"SELECT trigger_id, idempotency_key, id FROM trigger_executions "
    f"WHERE {HELD_KEY_SQL}"
)


def _next_id(table: Table) -> Any:
    newest = f"(SELECT max(id) FROM {table.name})"
    return text(
        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
        f"coalesce({newest}, 1), {newest} IS NOT NULL)"
    )


@contextmanager
def postgres_end(url: str) -> Iterator[PostgresEnd]:
    """Open a database and have it for oneself: a node that starts now waits.

    Raises:
        SettingsError: The URL cannot be read.
        StoreError: It cannot be used, or a node has it.
    """
    address = Address.of(url)
    named = {**address.parameters, "application_name": NAME}
    engine = replace(address, parameters=named).engine(isolation="READ COMMITTED")
    try:
        with _opened(engine) as conn:
            _take(conn)
            conn.execute(_LET_GO)
            conn.commit()
            bring_up(replace(address, parameters=named))
            _take(conn)
            yield PostgresEnd(conn, _raw(conn))
    except (DBAPIError, psycopg.Error) as error:
        raise _said_by(error, translated) from None
    finally:
        engine.dispose()


def _opened(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except DBAPIError as error:
        raise _said_by(error, unreachable) from None


def _take(conn: Connection) -> None:
    is_ours = conn.execute(_TAKE).scalar_one()
    if not is_ours or not _is_alone(conn):
        raise StoreError(
            "the PostgreSQL database is in use by another recado process; stop it first"
        )
    conn.commit()  # the lock is the session's; what follows is a transaction of its own
    for setting in _PATIENCE:
        conn.execute(setting)


def _is_alone(conn: Connection) -> bool:
    """Tell whether no node is there; one that just ended takes a moment to vanish."""
    for _ in range(LOOKS):
        conn.commit()  # or it would see what it saw before
        if not conn.execute(_NODES).scalar_one():
            return True
        conn.execute(_WAIT)
    return False


def _raw(conn: Connection) -> psycopg.Connection[Any]:
    raw = conn.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("this is no connection of psycopg's")
    return raw


def _said_by(
    error: Exception, to_ours: Callable[[psycopg.Error], StoreError]
) -> Exception:
    """Return an error of ours, or the same error when it is the other end's."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return to_ours(said) if isinstance(said, psycopg.Error) else error
