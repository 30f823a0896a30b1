"""What every test may ask for."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recado.clock import SystemClock
from recado.store import migrate
from recado.store.open import open_store
from recado.store.protocol import Store
from recado.store.sqlite.connect import connect
from tests.helpers.clock import FakeClock
from tests.helpers.shared_server import shared


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 3, 25, 20, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with every migration applied, to copy: migrating takes 0.2 s."""
    path = tmp_path_factory.mktemp("migrated") / "recado.db"
    connect(path).close()
    migrate.upgrade(path, clock=SystemClock())
    return path


@pytest.fixture
async def store(
    tmp_path: Path, clock: FakeClock, migrated_file: Path
) -> AsyncIterator[Store]:
    shutil.copy(migrated_file, tmp_path / "recado.db")
    opened = await open_store(
        "sqlite:///recado.db", folder=tmp_path, clock=clock, sleep=asyncio.sleep
    )
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A RabbitMQ that all workers of the test run share: it takes seconds to start."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with shared(folder / "rabbitmq", "tests.helpers.rabbitmq") as url:
        yield url


@pytest.hookimpl(trylast=True)  # after the shuffling
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, or one worker ends long after the others."""
    items.sort(key=lambda item: "crash" not in item.path.parts)
