"""All engines of a worker know of each kind of database what one has found out.

An engine compiles a statement once and keeps it. A server has its engines for as long
as it lives, but each test has new ones: compiling anew was a tenth of what tests cost.
"""

from collections.abc import Hashable
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

_STATEMENTS: LRUCache[Any, Any] = LRUCache(2_000)


class _Once(type):
    """Makes no second dialect with the same settings."""

    _made: ClassVar[dict[Hashable, Dialect]] = {}

    def __call__(cls, **settings: Any) -> Dialect:
        key = (cls, frozenset(settings.items()))
        if key not in cls._made:
            cls._made[key] = super().__call__(**settings)
        return cls._made[key]


class _Shared(Dialect, metaclass=_Once):
    """What is asked on the first connection of all is not asked again."""

    _is_initialized = False

    def initialize(self, connection: Connection) -> None:
        if not self._is_initialized:
            super().initialize(connection)
            self._is_initialized = True

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_STATEMENTS)


class Sqlite(_Shared, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class Postgres(_Shared, PGDialect_psycopg):
    supports_statement_cache = True


def share_dialects() -> None:
    """Let every engine made from now on share."""
    registry.register("sqlite", __name__, "Sqlite")
    registry.register("postgresql.psycopg", __name__, "Postgres")
