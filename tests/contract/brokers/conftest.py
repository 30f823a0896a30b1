"""Each promise about brokers runs on every one of them."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from recado.clock import SystemClock
from recado.settings import BrokerSettings
from tests.helpers.api import Api, Running
from tests.helpers.doors import TOKEN, AmqpDoor, Door, NatsDoor, StreamDoor

Serving = Callable[[BrokerSettings], AbstractAsyncContextManager[Api]]

SETTINGS: dict[str, Any] = {"instance_token": TOKEN, "ordering": "none"}


@pytest.fixture
async def amqp(rabbitmq_url: str) -> AsyncIterator[AmqpDoor]:
    async with AsyncExitStack() as stack:
        yield await AmqpDoor(rabbitmq_url).open(stack)


@pytest.fixture
async def nats_core(tmp_path: Path) -> AsyncIterator[NatsDoor]:
    async with AsyncExitStack() as stack:
        yield await NatsDoor(tmp_path / "nats").open(stack)


@pytest.fixture
async def stream(tmp_path: Path) -> AsyncIterator[StreamDoor]:
    async with AsyncExitStack() as stack:
        yield await StreamDoor(tmp_path / "nats").open(stack)


@pytest.fixture(params=["amqp", "nats", "stream"])
async def door(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Door]:
    async with AsyncExitStack() as stack:
        if request.param == "amqp":
            url = request.getfixturevalue("rabbitmq_url")
            yield await AmqpDoor(url).open(stack)
        else:
            kind = {"nats": NatsDoor, "stream": StreamDoor}[request.param]
            yield await kind(tmp_path / "nats").open(stack)


@pytest.fixture
def serving(tmp_path: Path, migrated_file: Path) -> Serving:
    """Makes a server that consumes; made again, it has what it had."""
    return _serving(tmp_path / "data", migrated_file)


@pytest.fixture
def second(tmp_path: Path, migrated_file: Path) -> Serving:
    """The same, for another server beside it."""
    return _serving(tmp_path / "second", migrated_file)


def _serving(folder: Path, migrated_file: Path) -> Serving:
    folder.mkdir(mode=0o700)
    shutil.copy(migrated_file, folder / "recado.db")
    return lambda brokers: Running(folder, SystemClock(), brokers=brokers)
