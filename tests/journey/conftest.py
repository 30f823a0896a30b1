"""The whole product on real sockets, and the gateway's stand-in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.clock import SystemClock
from recado.simulator.instances import Instance
from recado.simulator.server import Simulator
from tests.helpers.api import Api, Running

INSTANCE = Instance(name="sales", token="simulator-token")


@pytest.fixture
async def api(tmp_path: Path, database_url: str) -> AsyncIterator[Api]:
    """A server with the real actions and the real clock."""
    (tmp_path / "scripts").mkdir()
    async with Running(
        tmp_path, SystemClock(), actions=None, database_url=database_url
    ) as running:
        yield running


@pytest.fixture
async def gateway() -> AsyncIterator[Simulator]:
    async with Simulator([INSTANCE]) as simulator:
        yield simulator
