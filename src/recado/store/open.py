"""A URL to a store: the one place that picks a database."""

import asyncio
from contextlib import AbstractContextManager
from pathlib import Path

from recado.clock import Clock, SystemClock
from recado.errors import SettingsError, StoreError
from recado.store.copying import End
from recado.store.protocol import Store
from recado.store.sqlite.connect import lock_file
from recado.store.sqlite.copying import sqlite_end
from recado.store.sqlite.schema import bring_up
from recado.store.sqlite.store import SqliteStore
from recado.store.sqlite.writer import Sleep

_SQLITE = "sqlite:///"


def sqlite_path(url: str, *, folder: Path) -> Path:
    """Return the file that a ``sqlite:///`` URL names, relative to the data folder.

    Raises:
        SettingsError: It is not such a URL.
    """
    if not url.startswith(_SQLITE) or len(url) == len(_SQLITE):
        raise SettingsError(
            f"RECADO_DATABASE_URL is {url.split('://', 1)[0]}://…; this version takes "
            "sqlite:///FILE (relative to RECADO_DATA_DIR), sqlite:////absolute/FILE or "
            "postgresql://USER:PASSWORD@HOST/DATABASE."
        )
    return folder / url.removeprefix(_SQLITE)


def is_postgres(url: str) -> bool:
    """Tell whether a URL names a PostgreSQL database, which nodes can share."""
    return url.partition("://")[0] in ("postgresql", "postgres")


async def open_store(
    url: str, *, folder: Path, clock: Clock | None, sleep: Sleep
) -> Store:
    """Open the database at ``url``, brought up to this version's schema.

    Without a ``clock`` the time is the database's: PostgreSQL's own, as its users are
    on several hosts; the machine's for a file.

    Raises:
        SettingsError: The URL names no database that is known.
        StoreError: It cannot be opened, or another process has it.
    """
    if is_postgres(url):
        # here, because whoever keeps a file need not load PostgreSQL's driver
        from recado.store.postgres.open import open_postgres  # noqa: PLC0415

        return await open_postgres(url, clock=clock, sleep=sleep)
    path, clock = sqlite_path(url, folder=folder), clock or SystemClock()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = lock_file(path)
    try:
        path.touch(mode=0o600)  # the files beside it get the same mode
        await asyncio.to_thread(bring_up, path, clock=clock)
        store = SqliteStore(path, lock=lock, clock=clock, sleep=sleep)
    except BaseException:
        lock.close()
        raise
    return store


def open_source(url: str, *, folder: Path, clock: Clock) -> AbstractContextManager[End]:
    """Open a database to copy from.

    Raises:
        SettingsError: The URL names no database that is known.
        StoreError: It is not there, cannot be opened, or another process has it.
    """
    if not is_postgres(url) and not (path := sqlite_path(url, folder=folder)).exists():
        raise StoreError(f"there is no file {path}")
    return open_target(url, folder=folder, clock=clock)


def open_target(url: str, *, folder: Path, clock: Clock) -> AbstractContextManager[End]:
    """Open a database to copy to; a file that is missing is made.

    Raises:
        SettingsError: The URL names no database that is known.
        StoreError: It cannot be opened, or another process has it.
    """
    if is_postgres(url):
        from recado.store.postgres.copying import postgres_end  # noqa: PLC0415

        return postgres_end(url)
    path = sqlite_path(url, folder=folder)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return sqlite_end(path, clock=clock)
