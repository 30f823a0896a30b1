"""Migrations: to the schema, twice, back, and with a backup."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from recado.errors import StoreError
from recado.store import migrate
from recado.store.schema import MIGRATIONS, newest
from recado.store.sqlite.schema import bring_up
from recado.store.tables import metadata
from tests.helpers.clock import FakeClock
from tests.helpers.repository import SOURCE

REWRITING = '''
"""Rewrite."""
from alembic import op
revision = "next"
down_revision = "{head}"
REWRITES_DATA = True
def upgrade():
    op.execute("UPDATE triggers SET name = 'rewritten'")
def downgrade():
    pass
'''


def head() -> str:
    found = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert found is not None
    return found


def test_the_files_of_migrations_are_named_in_their_order() -> None:
    assert newest() == head()


STARTED = """
import sys
from pathlib import Path
from recado.clock import SystemClock
import recado.server
from recado.store.sqlite.schema import bring_up
bring_up(Path(sys.argv[1]), clock=SystemClock())
print("alembic" in sys.modules)
"""


@pytest.mark.parametrize("is_new", [True, False])
def test_alembic_is_loaded_only_when_there_is_something_to_migrate(
    is_new: bool, tmp_path: Path, migrated_file: Path
) -> None:
    path = tmp_path / "new.db" if is_new else migrated_file

    done = subprocess.run(
        [sys.executable, "-c", STARTED, str(path)],
        env={"PYTHONPATH": str(SOURCE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"{is_new}\n"


def test_a_file_of_an_older_version_is_brought_up(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "recado.db"
    bring_up(path, clock=clock)
    migrate.downgrade(path, to="0004")

    bring_up(path, clock=clock)

    assert tables_of(path) == set(metadata.tables)


def tables_of(path: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        return {name for (name,) in rows} - {"alembic_version"}


def test_the_migrations_make_the_schema_that_the_tables_say(
    migrated_file: Path,
) -> None:
    engine = create_engine(f"sqlite:///{migrated_file}")
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": False})
        difference = compare_metadata(context, metadata)
    engine.dispose()

    assert difference == []


def test_running_them_twice_does_no_harm(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "recado.db"
    migrate.upgrade(path, clock=clock)
    before = tables_of(path)

    backup = migrate.upgrade(path, clock=clock)

    assert backup is None
    assert tables_of(path) == before == set(metadata.tables)


def test_they_can_go_back(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "recado.db"
    migrate.upgrade(path, clock=clock)

    migrate.downgrade(path, to="base")

    assert tables_of(path) == set()


def test_the_file_is_copied_before_its_data_is_rewritten(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "recado.db"
    migrations = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, migrations)
    migrate.upgrade(path, clock=clock)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO triggers (name, type, source, event_filter, action_type, "
            "action_payload, enabled, hook_token, settings, created_at, updated_at) "
            "VALUES ('before', 'webhook', 'custom', '{}', 'script', '{}', 1, 'x', "
            "'{}', 0, 0)"
        )
    (migrations / "versions" / "next.py").write_text(REWRITING.format(head=head()))

    backup = migrate.upgrade(path, clock=clock, migrations=migrations)

    assert backup is not None
    assert backup.stat().st_mode & 0o777 == 0o600
    assert name_in(path) == "rewritten"
    assert name_in(backup) == "before"


def name_in(path: Path) -> str:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        [(name,)] = connection.execute("SELECT name FROM triggers").fetchall()
        return str(name)


def test_a_database_of_a_newer_version_is_refused(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "recado.db"
    migrate.upgrade(path, clock=clock)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="schema 9999"):
        migrate.upgrade(path, clock=clock)


BROKEN = """
from alembic import op
revision = "next"
down_revision = "{head}"
def upgrade():
    op.execute("CREATE TABLE half (id INTEGER)")
    op.execute("CREATE TABLE half (id INTEGER)")
def downgrade():
    pass
"""


def test_a_migration_that_breaks_off_leaves_nothing_behind(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "recado.db"
    migrations = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, migrations)
    migrate.upgrade(path, clock=clock)
    before = tables_of(path)
    broken = migrations / "versions" / "next.py"
    broken.write_text(BROKEN.format(head=head()))

    with pytest.raises(OperationalError, match="already exists"):
        migrate.upgrade(path, clock=clock, migrations=migrations)
    broken.unlink()

    assert tables_of(path) == before
    migrate.upgrade(path, clock=clock)


def test_without_the_quarantine_nothing_is_said_to_be_in_it(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "recado.db"
    migrate.upgrade(path, clock=clock)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO rejections (trigger_id, received_at, reason, source_ip, "
            "headers, size, quarantined) VALUES (1, 0, 'x', '', '{}', 0, 1)"
        )

    migrate.downgrade(path, to="0001")
    migrate.upgrade(path, clock=clock)

    with contextlib.closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT quarantined FROM rejections").fetchall()
    assert rows == [(0,)]
