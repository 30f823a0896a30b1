"""A URL to a store: the one place that picks a database."""

import asyncio
from pathlib import Path

from recado.clock import Clock
from recado.errors import SettingsError
from recado.store import migrate
from recado.store.protocol import Store
from recado.store.sqlite.connect import connect, lock_file
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
            "sqlite:///FILE (relative to RECADO_DATA_DIR) or sqlite:////absolute/FILE."
        )
    return folder / url.removeprefix(_SQLITE)


async def open_store(url: str, *, folder: Path, clock: Clock, sleep: Sleep) -> Store:
    """Open the database at ``url``, brought up to this version's schema.

    Raises:
        SettingsError: The URL names no database that is known.
        StoreError: It cannot be opened, or another process has it.
    """
    path = sqlite_path(url, folder=folder)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = lock_file(path)
    try:
        path.touch(mode=0o600)  # the files beside it get the same mode
        connect(path).close()
        await asyncio.to_thread(migrate.upgrade, path, clock=clock)
        store = SqliteStore(path, lock=lock, clock=clock, sleep=sleep)
    except BaseException:
        lock.close()
        raise
    return store
