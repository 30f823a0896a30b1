"""What every test may ask for."""

import asyncio
import gc
import os
import shutil
import signal
from bisect import bisect_left
from collections.abc import AsyncIterator, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from recado.clock import SystemClock
from recado.store import migrate
from recado.store.open import open_store
from recado.store.protocol import Store
from recado.store.sqlite.connect import connect
from tests.helpers.clock import FakeClock
from tests.helpers.lent_databases import LentDatabases
from tests.helpers.postgres import (
    CARELESS,
    Postgres,
    add_template,
    running_postgres,
)
from tests.helpers.shared_dialects import share_dialects
from tests.helpers.shared_server import shared

# A shell that runs the tests in the background lets them ignore Ctrl-C, and with them
# every program that they start; some of these are to end by it.
signal.signal(signal.SIGINT, signal.default_int_handler)

share_dialects()

LONG = ("crash", "browser", "fuzz", "test_demo.py")
"""Folders and files of tests that take many seconds, longest first."""

# A pause of a busy machine is no failure of a property.
settings.register_profile(
    "patient",
    settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server that keeps nothing safe, and is quick for it."""
    with running_postgres(CARELESS) as server:
        add_template(server)
        yield server


@pytest.fixture(scope="session")
def lent_databases(postgres: Postgres) -> Iterator[LentDatabases]:
    """Databases with every migration applied, to use again: making one takes 50 ms."""
    databases = LentDatabases(postgres)
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: every promise is kept by both.

    What is of one alone says so by a fixture of this name.
    """
    name: str = request.param
    return name


@pytest.fixture
def database_url(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """A database of the test's own, with every migration applied."""
    if database == "sqlite":
        migrated = request.getfixturevalue("migrated_file")
        shutil.copy(migrated, tmp_path / "recado.db")
        yield "sqlite:///recado.db"
        return
    databases: LentDatabases = request.getfixturevalue("lent_databases")
    with databases.lend() as url:
        yield url


@pytest.fixture
def target(database: str, postgres: Postgres) -> Iterator[str]:
    """An empty database of the other kind than ``database``, to copy to."""
    if database == "postgres":
        yield "sqlite:///copy.db"
        return
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
async def store(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> AsyncIterator[Store]:
    opened = await open_store(
        database_url, folder=tmp_path, clock=clock, sleep=asyncio.sleep
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


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for garbage only among what tests make later: all else stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_xdist_auto_num_workers() -> int:
    """Three for each core: tests wait for servers, browsers and processes."""
    return 3 * len(os.sched_getaffinity(0))  # on Linux, as every test of a whole server


@pytest.hookimpl(trylast=True)  # after the shuffling
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Begin with the longest tests, or one worker ends long after the others.

    Every second worker does: the servers that are killed there need a core.
    """
    workers: int = getattr(config, "workerinput", {}).get("workercount", 1)
    longest_first = sorted(items, key=_rank)
    long = bisect_left(longest_first, len(LONG), key=_rank)
    items[:] = in_stretches(longest_first[:long], longest_first[long:], workers=workers)


def _rank(item: pytest.Item) -> int:
    parts = item.path.parts
    return next((rank for rank, name in enumerate(LONG) if name in parts), len(LONG))


def in_stretches(
    long: list[pytest.Item], rest: list[pytest.Item], *, workers: int
) -> list[pytest.Item]:
    """The tests as xdist cuts them: a stretch for each worker, one after the other."""
    hands = (workers + 1) // 2
    ordered: list[pytest.Item] = []
    left = len(long) + len(rest)
    for worker in range(workers):
        hand = long[worker // 2 :: hands] if worker % 2 == 0 else []
        share = left // (workers - worker)
        fill = max(0, share - len(hand))
        ordered += hand + rest[:fill]
        rest = rest[fill:]
        left -= share
    return ordered + rest
