"""Moves what a SQLite file holds to PostgreSQL."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    func,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from recado.clock import Clock
from recado.errors import StoreError
from recado.store import migrate
from recado.store.postgres.connect import Address, unreachable
from recado.store.postgres.open import bring_up
from recado.store.sqlite.connect import connect, lock_file
from recado.store.tables import metadata, trigger_executions

AT_ONCE = 1_000

Tell = Callable[[str, int, int], None]
"""Takes the table, how many of its rows are copied, and how many there are."""

_USERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name = 'recado' AND pid <> pg_backend_pid()"
)


def copy_database(path: Path, url: str, *, clock: Clock, tell: Tell) -> int:
    """Copy all rows of a file to the database at ``url``; returns how many.

    In batches by primary key, each a transaction. Run again it brings over what has
    changed since, and what a broken run left out. Nobody may use either meanwhile.

    Raises:
        SettingsError: The URL is not PostgreSQL's.
        StoreError: One of them cannot be opened or is in use, or the target holds
            executions of its own.
    """
    if not path.exists():
        raise StoreError(f"there is no file {path}")
    address = Address.of(url)
    lock = lock_file(path)
    try:
        migrate.upgrade(path, clock=clock)
        bring_up(address)
        return _copy_all(_reading(path), address, tell)
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise unreachable(error.orig) from None
        raise
    finally:
        lock.close()


def _reading(path: Path) -> Engine:
    connection = connect(path, read_only=True)
    return create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)


def _copy_all(source: Engine, address: Address, tell: Tell) -> int:
    target = address.engine(connections=1, isolation="READ COMMITTED")
    try:
        with source.connect() as reading, target.connect() as writing:
            _refuse_what_is_used(reading, writing)
            writing.rollback()
            return sum(
                _copy(reading, writing, table, tell=tell)
                for table in metadata.sorted_tables
            )
    finally:
        source.dispose()
        target.dispose()


def _refuse_what_is_used(reading: Connection, writing: Connection) -> None:
    if writing.execute(_USERS).scalar_one():
        raise StoreError(
            "the target is in use by another recado process; stop it first"
        )
    newest = select(func.max(trigger_executions.c.id))
    there, here = (conn.execute(newest).scalar() or 0 for conn in (writing, reading))
    if there > here:
        raise StoreError(
            f"the target has executions up to {there} and the file up to {here} only: "
            "it has been used since, or is another one's"
        )


def _copy(reading: Connection, writing: Connection, table: Table, *, tell: Tell) -> int:
    total = reading.execute(select(func.count()).select_from(table)).scalar_one()
    done = 0
    tell(table.name, done, total)
    for rows in _batches(reading, table):
        writing.execute(_upsert(table), rows)
        writing.commit()
        done += len(rows)
        tell(table.name, done, total)
    if table.autoincrement_column is not None:
        _set_sequence(writing, table)
    return done


def _batches(reading: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    keys = list(table.primary_key)
    query = select(table).order_by(*keys).limit(AT_ONCE)
    found = reading.execute(query).mappings().all()
    while found:
        yield [dict(row) for row in found]
        last = tuple(found[-1][key.name] for key in keys)
        found = reading.execute(query.where(tuple_(*keys) > last)).mappings().all()


def _upsert(table: Table) -> Any:
    adding = insert(table)
    changed = {
        column.name: adding.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    return adding.on_conflict_do_update(index_elements=table.primary_key, set_=changed)


def _set_sequence(writing: Connection, table: Table) -> None:
    """Let the next id be one that no row has."""
    newest = f"(SELECT max(id) FROM {table.name})"  # noqa: S608 (a name of ours)
    writing.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
            f"coalesce({newest}, 1), {newest} IS NOT NULL)"
        )
    )
    writing.commit()
