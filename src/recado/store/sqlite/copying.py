"""A SQLite file as an end of a copy."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table
from sqlalchemy.exc import DBAPIError

from recado.clock import Clock
from recado.errors import StoreError
from recado.store.sqlite.connect import connect, lock_file, wrapped
from recado.store.sqlite.schema import bring_up


@dataclass(frozen=True, slots=True)
class SqliteEnd:
    """See the protocol."""

    conn: Connection
    raw: sqlite3.Connection

    def clear(self, tables: Sequence[Table]) -> None:
        """See the protocol."""
        for table in reversed(tables):
            self.conn.execute(table.delete())

    def make_room(self, first: int, last: int) -> None:
        """See the protocol: a file has room."""

    def add(self, table: Table, rows: Sequence[Row[Any]]) -> None:
        """See the protocol."""
        places = ", ".join("?" * len(table.columns))
        names = ", ".join(table.columns.keys())
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"
        self.raw.executemany(statement, rows)

    def complete(self, tables: Sequence[Table]) -> None:
        """See the protocol: it numbers on from the highest by itself."""

    def commit(self) -> None:
        """See the protocol."""
        self.raw.execute("COMMIT")


@contextmanager
def sqlite_end(path: Path, *, clock: Clock) -> Iterator[SqliteEnd]:
    """Open a file that is there, and have it for oneself.

    Raises:
        StoreError: It cannot be used, or another process has it.
    """
    try:
        with closing(lock_file(path)):
            bring_up(path, clock=clock)
            with closing(connect(path)) as raw, wrapped(raw) as conn:
                raw.execute("BEGIN IMMEDIATE")
                yield SqliteEnd(conn, raw)
    except (sqlite3.Error, DBAPIError) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(said, sqlite3.Error):
            raise  # of the other end
        raise StoreError(f"{path} could not be copied: {said}") from None
