"""A database of PostgreSQL for one test after the other, each of which finds it new.

Making one and dropping it takes longer than many a test. So a database is emptied and
lent again, unless a test changed more of it than rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.helpers.postgres import TEMPLATE, Postgres

_END_SESSIONS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$
DECLARE
  filled text;
BEGIN
  SELECT string_agg(oid::regclass::text, ', ') INTO filled FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0;
  IF filled IS NOT NULL THEN
    EXECUTE 'TRUNCATE ' || filled || ' CASCADE';
  END IF;
  PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false)
  FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""
# What a test can leave behind apart from rows: xmin tells whether an entry was written
# since the template was made, whatever is in it.
_LOOK = """
WITH ours AS (SELECT oid FROM pg_database WHERE datname = current_database())
SELECT md5(string_agg(told, ',' ORDER BY told)) FROM (
  SELECT concat_ws(' ', oid, relname, relkind, reloptions, CASE relkind WHEN 'r'
    THEN concat_ws(' ', relpages, reltuples) END) FROM pg_class WHERE oid >= 16384
  UNION ALL SELECT concat_ws(' ', attrelid, attnum, xmin) FROM pg_attribute
    WHERE attrelid >= 16384
  UNION ALL SELECT concat_ws(' ', oid, xmin) FROM pg_attrdef
  UNION ALL SELECT concat_ws(' ', oid, xmin) FROM pg_constraint
  UNION ALL SELECT concat_ws(' ', indexrelid, xmin) FROM pg_index
    WHERE indexrelid >= 16384
  UNION ALL SELECT concat_ws(' ', oid, xmin) FROM pg_type WHERE oid >= 16384
  UNION ALL SELECT concat_ws(' ', oid, xmin) FROM pg_proc WHERE oid >= 16384
  UNION ALL SELECT concat_ws(' ', oid, xmin) FROM pg_trigger
  UNION ALL SELECT concat_ws(' ', oid, xmin) FROM pg_namespace
  UNION ALL SELECT concat_ws(' ', oid, xmin) FROM pg_extension
  UNION ALL SELECT concat_ws(' ', starelid, staattnum, xmin) FROM pg_statistic
    WHERE starelid >= 16384
  UNION ALL SELECT setconfig::text FROM pg_db_role_setting, ours
    WHERE setdatabase = oid
  UNION ALL SELECT 'a session that does not end' FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
  UNION ALL SELECT version_num FROM alembic_version
) AS everything (told)
"""


class LentDatabases:
    """Databases of one server, each with every migration applied and without a row."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._free: list[str] = []
        with psycopg.connect(server.url(TEMPLATE)) as template:
            self._look = _look(template)

    @contextmanager
    def lend(self) -> Iterator[str]:
        """The URL of a database that is nobody else's until the end."""
        name = self._free.pop() if self._free else self._server.create(TEMPLATE)
        yield self._server.url(name)
        if self._is_new_again(name):
            self._free.append(name)
        else:
            self._server.drop(name)

    def _is_new_again(self, name: str) -> bool:
        with psycopg.connect(self._server.url(name), autocommit=True) as connection:
            connection.execute(_END_SESSIONS)
            connection.execute(_EMPTY)
            return _look(connection) == self._look


def _look(connection: psycopg.Connection) -> str:
    [(look,)] = connection.execute(_LOOK).fetchall()
    return str(look)
