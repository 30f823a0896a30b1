"""A server for each test, on a free port, with SQLite in a folder of its own."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.api import Api, Running
from tests.helpers.clock import FakeClock


@pytest.fixture
async def api(
    tmp_path: Path, clock: FakeClock, migrated_file: Path
) -> AsyncIterator[Api]:
    shutil.copy(migrated_file, tmp_path / "recado.db")
    async with Running(tmp_path, clock) as running:
        yield running
