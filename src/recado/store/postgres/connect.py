"""Connections: from the URL, with what every one of them needs."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, Pool, QueuePool

from recado.errors import SettingsError, StoreError
from recado.store.postgres import arrays
from recado.store.postgres.errors import reason

SCHEMES = ("postgresql", "postgres")

_ALWAYS: Mapping[str, Any] = {
    "application_name": "recado",
    "connect_timeout": 5,
    # a host that vanished is noticed in seconds, not in the hours of the system
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
# A process that is stopped in the midst of a transaction must not hold its locks, nor a
# host that vanished: the system by itself waits for it two hours, and meanwhile nobody
# could take over its duties.
_SESSION = (
    "-c synchronous_commit=on -c jit=off -c idle_in_transaction_session_timeout=15000 "
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 "
    "-c tcp_user_timeout=15000"
)
# The statements of the queue go by an index always; what the planner believes of a
# table that was empty a second ago must not make it read all of it.
_QUEUE_SESSION = (
    # Shorter than the wait for a lock: who waits outlasts who was cut off, also where
    # that was in the midst of its statements, which the server does not call idle.
    f"{_SESSION} -c idle_in_transaction_session_timeout=5000 -c lock_timeout=10000 "
    "-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_user_timeout=6000 "
    "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off "
    "-c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off "
    "-c enable_bitmapscan=off"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is. ``parameters`` hold the password: they are not shown."""

    parameters: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, url: str) -> "Address":
        """Return the address that a ``postgresql://`` URL names.

        Raises:
            SettingsError: It is not such a URL.
        """
        scheme, _, rest = url.partition("://")
        if scheme not in SCHEMES:
            raise SettingsError(f"RECADO_DATABASE_URL is {scheme}://…, not PostgreSQL")
        try:
            parsed = make_url(f"postgresql://{rest}")
        except (ArgumentError, ValueError):
            raise SettingsError(
                "RECADO_DATABASE_URL cannot be read; it must be "
                "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with what is special "
                "in the password written as %XX"
            ) from None
        parts = parsed.translate_connect_args(username="user", database="dbname")
        return cls({**_ALWAYS, **parts, **dict(parsed.query)})

    def options(self, session: str) -> dict[str, Any]:
        """Return the parameters of a connection with these settings of its session."""
        own = self.parameters.get("options", "")
        return {**self.parameters, "options": f"{own} {session}".strip()}

    async def connect(self) -> AsyncConnection[tuple[Any, ...]]:
        """Return a connection for the statements of the queue.

        Raises:
            psycopg.Error: The database cannot be reached.
        """
        # What it has to say it raises, and then once more in lines of its own.
        logging.getLogger("psycopg").setLevel(logging.CRITICAL)
        connection = await AsyncConnection.connect(
            **self.options(_QUEUE_SESSION), autocommit=True, prepare_threshold=0
        )
        arrays.register(connection.adapters)
        return connection

    def engine(self, *, connections: int = 0, isolation: str) -> Engine:
        """Return an engine for queries written with SQLAlchemy; 0 keeps none open."""
        pool: type[Pool] = QueuePool if connections else NullPool
        sizes = {"pool_size": connections, "max_overflow": 0} if connections else {}
        return create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            poolclass=pool,
            pool_pre_ping=bool(connections),
            isolation_level=isolation,
            hide_parameters=True,  # errors are logged, and hold what was to be written
            use_native_hstore=False,  # it would be looked up for nothing
            **sizes,
        )

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        connection = psycopg.connect(**self.options(_SESSION))
        arrays.register(connection.adapters)
        return connection


def unreachable(error: psycopg.Error) -> StoreError:
    """Return the error of a database that cannot be opened."""
    return StoreError(f"cannot open the database: {reason(error)}")
