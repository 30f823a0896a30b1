"""A test never finds what another left behind."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.helpers.lent_databases import LentDatabases
from tests.helpers.postgres import Postgres

ADD = """
INSERT INTO api_keys (name, role, key_hash, prefix, created_at)
VALUES ('a', 'admin', %s, 'rcd_a', 0) RETURNING id
"""


@pytest.fixture
def databases(postgres: Postgres) -> Iterator[LentDatabases]:
    lent = LentDatabases(postgres)
    yield lent
    lent.close()


def test_a_database_is_lent_again_without_rows(databases: LentDatabases) -> None:
    with databases.lend() as first, psycopg.connect(first) as connection:
        connection.execute(ADD, ["hash"])

    with databases.lend() as second, psycopg.connect(second) as connection:
        rows = connection.execute("SELECT * FROM api_keys").fetchall()
        ids = connection.execute(ADD, ["hash"]).fetchall()

    assert second == first
    assert (rows, ids) == ([], [(1,)])


def test_numbers_that_were_only_drawn_are_drawn_again(databases: LentDatabases) -> None:
    with databases.lend() as first, psycopg.connect(first) as connection:
        connection.execute("SELECT nextval('api_keys_id_seq')")

    with databases.lend() as second, psycopg.connect(second) as connection:
        ids = connection.execute(ADD, ["hash"]).fetchall()

    assert second == first
    assert ids == [(1,)]


@pytest.mark.parametrize("count", [1, 1_000, 10_000])
def test_however_many_rows_there_were_none_is_left(
    count: int, databases: LentDatabases
) -> None:
    fill = "INSERT INTO events SELECT n, 0, '{}' FROM generate_series(1, %s) AS n"
    with databases.lend() as first, psycopg.connect(first) as connection:
        connection.execute(fill, [count])

    with databases.lend() as second, psycopg.connect(second) as connection:
        rows = connection.execute("SELECT * FROM events").fetchall()

    assert second == first
    assert rows == []


def test_one_whose_sessions_were_all_ended_is_lent_again(
    databases: LentDatabases,
) -> None:
    with databases.lend() as first, psycopg.connect(first) as connection:
        connection.execute(ADD, ["hash"])
        connection.commit()
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    with databases.lend() as second, psycopg.connect(second) as connection:
        rows = connection.execute("SELECT * FROM api_keys").fetchall()

    assert second == first
    assert rows == []


def test_a_session_that_was_left_open_is_ended(databases: LentDatabases) -> None:
    with databases.lend() as first:
        left = psycopg.connect(first)
        left.execute(ADD, ["hash"])

    with databases.lend() as second, psycopg.connect(second) as connection:
        rows = connection.execute("SELECT * FROM api_keys").fetchall()

    assert second == first
    assert rows == []
    with pytest.raises(psycopg.OperationalError):
        left.execute("SELECT 1")
    left.close()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE another (id int)",
        "CREATE INDEX another ON api_keys (name)",
        "DROP INDEX ix_trigger_secrets_trigger_id",
        "ALTER TABLE api_keys ALTER COLUMN name DROP NOT NULL",
        "ALTER TABLE api_keys SET (fillfactor = 50)",
        "CREATE FUNCTION another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "UPDATE alembic_version SET version_num = 'another'",
        "ANALYZE",
    ],
)
def test_one_that_was_changed_is_not_lent_again(
    change: str, databases: LentDatabases
) -> None:
    with databases.lend() as first, psycopg.connect(first) as connection:
        connection.execute(ADD, ["hash"])
        connection.execute(change.encode())

    with databases.lend() as second:
        assert second != first
