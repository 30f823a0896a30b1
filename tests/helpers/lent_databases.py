"""A database of PostgreSQL for one test after the other, each of which finds it new.

Making one and dropping it takes longer than many a test. So a database is emptied and
lent again, unless a test changed more of it than rows.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.helpers.postgres import TEMPLATE, Postgres

TRIES = 2
# Most are about to end by themselves. PostgreSQL's own wait would look each 100 ms.
_END_SESSIONS = """
DO $$
BEGIN
  FOR look IN 1..5000 LOOP
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
    EXIT WHEN NOT FOUND;
    PERFORM pg_stat_clear_snapshot(), pg_sleep(0.002);
  END LOOP;
END $$
"""
# To truncate is to make each file anew, with those of all its indexes. Few rows are
# deleted instead; to the planner so short a table is as long as a new one.
_EMPTY = """
DO $$
DECLARE
  filled regclass[];
  is_long boolean;
  one regclass;
BEGIN
  SELECT array_agg(oid), bool_or(pg_relation_size(oid) > 32768
    OR reltoastrelid <> 0 AND pg_relation_size(reltoastrelid) > 32768)
  INTO filled, is_long FROM pg_class
  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0;
  IF is_long THEN
    EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' CASCADE';
  ELSIF filled IS NOT NULL THEN
    SET LOCAL session_replication_role = replica;  -- no order among foreign keys
    FOREACH one IN ARRAY filled LOOP
      EXECUTE 'DELETE FROM ' || one;
    END LOOP;
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
        self._free: list[_Lent] = []
        with psycopg.connect(server.url(TEMPLATE)) as template:
            self._look = _look(template)

    @contextmanager
    def lend(self) -> Iterator[str]:
        """The URL of a database that is nobody else's until the end."""
        lent = self._free.pop() if self._free else self._another()
        yield lent.url
        # a session that was on its way may have come after the others were ended
        if any(lent.empty() == self._look for _ in range(TRIES)):
            self._free.append(lent)
        else:
            lent.close()
            self._server.drop(lent.name)

    def close(self) -> None:
        while self._free:
            self._free.pop().close()

    def _another(self) -> "_Lent":
        name = self._server.create(TEMPLATE)
        return _Lent(name, self._server.url(name))


class _Lent:
    """A database, with a session that stays open: to begin one is half of the work."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        self._session = self._connect()

    def empty(self) -> str:
        """Delete every row; returns what is left."""
        try:
            return _emptied(self._session)
        except psycopg.OperationalError:  # a test ended all sessions, ours too
            self._session.close()
            self._session = self._connect()
            return _emptied(self._session)

    def close(self) -> None:
        self._session.close()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True)


def _emptied(session: psycopg.Connection) -> str:
    session.execute(_END_SESSIONS)
    session.execute(_EMPTY)
    return _look(session)


def _look(connection: psycopg.Connection) -> str:
    [(look,)] = connection.execute(_LOOK, prepare=True).fetchall()
    return str(look)
