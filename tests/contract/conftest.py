"""What contract tests of the clients share."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.helpers.both_clients import Bench, Blocking, Coroutines


@pytest.fixture(params=[Blocking, Coroutines], ids=["blocking", "coroutines"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """Servers on real sockets and clients of one kind, closed at the end."""
    async with AsyncExitStack() as stack:
        yield Bench(request.param, stack)
