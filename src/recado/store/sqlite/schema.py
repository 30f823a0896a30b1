"""Brings a file up to this version's schema."""

from contextlib import closing
from pathlib import Path

from recado.clock import Clock
from recado.store.schema import is_current
from recado.store.sqlite.connect import connect, wrapped


def bring_up(path: Path, *, clock: Clock) -> None:
    """Run every migration that is missing; a new file gets the whole schema.

    Raises:
        StoreError: The file cannot be used, or is newer than this version of Recado.
    """
    with closing(connect(path)) as raw, wrapped(raw) as conn:
        if is_current(conn):
            return
    # here, because it loads Alembic
    from recado.store import migrate  # noqa: PLC0415

    migrate.upgrade(path, clock=clock)
