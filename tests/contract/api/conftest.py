"""A server for each test, on a free port, with SQLite in a folder of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.api import Api, Running
from tests.helpers.clock import FakeClock


@pytest.fixture
async def api(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> AsyncIterator[Api]:
    async with Running(tmp_path, clock, database_url=database_url) as running:
        yield running
