"""A PostgreSQL URL to a store: the schema first."""

import asyncio

import psycopg
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from recado.clock import Clock
from recado.errors import StoreError
from recado.store.postgres import locks
from recado.store.postgres.clock import Reading, read_time
from recado.store.postgres.connect import Address, unreachable
from recado.store.postgres.lane import Sleep
from recado.store.postgres.store import PostgresStore
from recado.store.schema import is_current

LEAST_VERSION = 14


async def open_postgres(
    url: str, *, clock: Clock | None, sleep: Sleep
) -> PostgresStore:
    """Open the database at ``url``, brought up to this version's schema.

    Raises:
        SettingsError: The URL cannot be read.
        StoreError: It cannot be opened.
    """
    address = Address.of(url)
    try:
        reading = await asyncio.to_thread(bring_up, address)
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            raise unreachable(error.orig) from None
        raise
    except psycopg.Error as error:
        raise unreachable(error) from None
    return PostgresStore(address, clock=clock, sleep=sleep, reading=reading)


def bring_up(address: Address) -> Reading:
    """Run every migration that is missing; returns what its clock shows.

    Of several processes that start at once one migrates, and the others wait for it.
    """
    engine = address.engine(isolation="READ COMMITTED")
    try:
        with engine.connect() as conn:
            _refuse_old(conn.execute(text("SHOW server_version_num")).scalar_one())
            if not is_current(conn):
                _upgrade(engine, conn)
            return read_time(conn)
    finally:
        engine.dispose()


def _upgrade(engine: Engine, conn: Connection) -> None:
    # here, because it loads Alembic
    from recado.store import migrate  # noqa: PLC0415

    hold, let_go = (
        text(f"SELECT pg_advisory_{what}lock({locks.MIGRATION})") for what in ("", "un")
    )
    conn.execute(hold)
    conn.commit()  # it is the session's, and no transaction waits beside it
    try:
        migrate.upgrade_on(engine)
    finally:
        conn.execute(let_go)


def _refuse_old(version: str) -> None:
    if int(version) < LEAST_VERSION * 10_000:
        raise StoreError(
            f"the database is PostgreSQL {int(version) // 10_000}; Recado needs "
            f"{LEAST_VERSION} or newer"
        )
