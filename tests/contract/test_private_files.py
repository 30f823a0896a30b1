"""The files of the database are for their owner only."""

import asyncio
import stat
from pathlib import Path

from recado.store.open import open_store
from tests.helpers.clock import FakeClock


async def test_the_database_is_made_for_its_owner_only(
    tmp_path: Path, clock: FakeClock
) -> None:
    folder = tmp_path / "data"
    store = await open_store(
        "sqlite:///recado.db", folder=folder, clock=clock, sleep=asyncio.sleep
    )
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.glob("recado.db*"))
        if path.suffix != ".lock"
    }
    await store.close()

    assert modes == {
        "data": 0o700,
        "recado.db": 0o600,
        "recado.db-wal": 0o600,
        "recado.db-shm": 0o600,
    }
