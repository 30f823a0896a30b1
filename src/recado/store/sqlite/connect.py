"""Connections to the database file: pragmas, asserted, and the lock on the file."""

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from recado.errors import StoreError

_PAGES_OF_64_MIB = -65_536  # negative means KiB


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Return a connection with every pragma set and checked.

    Raises:
        StoreError: The file cannot be opened, or cannot be made durable.
    """
    try:
        connection = sqlite3.connect(
            path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
            timeout=5.0,
        )
        _set_pragmas(connection, read_only=read_only)
    except sqlite3.Error as error:
        raise StoreError(f"cannot open the database {path}: {error}") from error
    return connection


def wrapped(connection: sqlite3.Connection) -> Connection:
    """Return a connection for queries written with SQLAlchemy.

    AUTOCOMMIT, because whoever has the connection begins and commits.
    """
    engine = create_engine(
        "sqlite://",
        creator=lambda: connection,
        poolclass=StaticPool,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # errors are logged, and hold what was to be written
    )
    return engine.connect()


def _set_pragmas(connection: sqlite3.Connection, *, read_only: bool) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL: a commit is on the disk before it returns
        "foreign_keys": 1,
        "busy_timeout": 5000,
        "wal_autocheckpoint": 0,  # the writer checkpoints, off the accept path
        "temp_store": 2,
        "cache_size": _PAGES_OF_64_MIB // 8 if read_only else _PAGES_OF_64_MIB,
        "query_only": int(read_only),
    }
    for name, value in wanted.items():
        connection.execute(f"PRAGMA {name} = {value}")
        [actual] = connection.execute(f"PRAGMA {name}").fetchone()
        if actual != value:
            raise StoreError(f"SQLite refused {name} = {value}; it says {actual}")


def lock_file(path: Path) -> IO[str]:
    """Take the lock that makes this process the file's only writer.

    The lock ends when the returned file is closed, or with the process.

    Raises:
        StoreError: Another process has it.
    """
    handle = path.with_name(path.name + ".lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        handle.seek(0)
        owner = handle.read().strip() or "unknown"
        handle.close()
        raise StoreError(
            f"{path} is in use by another recado process (pid {owner}). "
            "Stop it first, or set RECADO_DATA_DIR to another folder."
        ) from error
    handle.seek(0)
    handle.truncate()
    handle.write(str(os.getpid()))
    handle.flush()
    return handle
