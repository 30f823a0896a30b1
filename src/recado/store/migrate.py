"""Brings a database to this version's schema, and back."""

import contextlib
import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event

from recado.clock import Clock
from recado.errors import StoreError
from recado.store.schema import MIGRATIONS


def upgrade(
    path: Path, *, clock: Clock, migrations: Path = MIGRATIONS, to: str = "head"
) -> Path | None:
    """Run every migration of a file that is missing. Harmless when none is.

    Before one that rewrites data, the file is copied beside itself; the copy's path
    is returned, else None.

    Raises:
        StoreError: The database is newer than this version of Recado.
    """
    engine = _transactional_engine(path)
    try:
        pending = _pending(engine, migrations, to)
        backup = None
        if any(getattr(step.module, "REWRITES_DATA", False) for step in pending):
            backup = _back_up(path, clock, before=pending[-1].revision)
        if pending:
            command.upgrade(_config(engine, migrations), to)
        return backup
    finally:
        engine.dispose()


def upgrade_on(
    engine: Engine, *, migrations: Path = MIGRATIONS, to: str = "head"
) -> None:
    """Run every migration that is missing. Harmless when none is.

    Whoever calls it sees to it that nobody else does so at the same time.

    Raises:
        StoreError: The database is newer than this version of Recado.
    """
    if _pending(engine, migrations, to):
        command.upgrade(_config(engine, migrations), to)


def downgrade(path: Path, *, to: str, migrations: Path = MIGRATIONS) -> None:
    """Take a file back to an earlier schema; ``to`` is a revision or ``base``."""
    engine = _transactional_engine(path)
    try:
        downgrade_on(engine, to=to, migrations=migrations)
    finally:
        engine.dispose()


def downgrade_on(engine: Engine, *, to: str, migrations: Path = MIGRATIONS) -> None:
    """Go back to an earlier schema; ``to`` is a revision or ``base``."""
    command.downgrade(_config(engine, migrations), to)


def _pending(engine: Engine, migrations: Path, to: str) -> list[Script]:
    """Return the migrations that are missing, the last one first."""
    script = ScriptDirectory.from_config(_config(engine, migrations))
    current = _current(engine)
    _refuse_newer(script, current)
    return list(script.iterate_revisions(to, current or "base"))


def _transactional_engine(path: Path) -> Engine:
    """Return an engine whose migrations happen wholly or not at all.

    By itself Python's sqlite3 begins no transaction for a change of the schema, and a
    process killed between two tables would leave a database that never starts again.
    """
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def leave_transactions_to_us(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _config(engine: Engine, migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["engine"] = engine
    return config


def _current(engine: Engine) -> str | None:
    with engine.connect() as conn:
        return MigrationContext.configure(conn).get_current_revision()


def _refuse_newer(script: ScriptDirectory, current: str | None) -> None:
    known = {step.revision for step in script.walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"the database has schema {current}, which this version of Recado does "
            "not know. Install the newer version again, or restore a backup."
        )


def _back_up(path: Path, clock: Clock, *, before: str) -> Path:
    stamp = clock.now().strftime("%Y%m%dT%H%M%SZ")
    copy = path.with_name(f"{path.name}.before-{before}-{stamp}")
    with (
        contextlib.closing(sqlite3.connect(path)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    copy.chmod(0o600)
    return copy
