"""Probes: what they look at, and how much they cost."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from recado.errors import StoreBusyError
from recado.web.api.health import PROBES
from tests.helpers.api import Api
from tests.helpers.clock import FakeClock


@pytest.fixture
def probes(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was written for probes; an error in it is raised at the next write."""
    store = api.server.store
    write = store.write
    seen: list[Any] = []

    async def counted(query: Any, *args: Any, **kwargs: Any) -> Any:
        if args[:1] != (PROBES,):
            return await write(query, *args, **kwargs)  # a chore's
        if seen and isinstance(seen[-1], Exception):
            raise seen[-1]
        seen.append(args)
        return await write(query, *args, **kwargs)

    monkeypatch.setattr(store, "write", counted)
    return seen


async def _ready(api: Api) -> int:
    return (await api.call("GET", "/readyz", role=None)).status


async def test_many_probes_cost_one_write_in_a_second(
    api: Api, probes: list[Any], clock: FakeClock
) -> None:
    statuses = await asyncio.gather(*(_ready(api) for _ in range(10)))
    clock.advance(timedelta(milliseconds=999))
    statuses.append(await _ready(api))

    assert statuses == [200] * 11
    assert len(probes) == 1


async def test_a_second_later_the_store_is_asked_again(
    api: Api, probes: list[Any], clock: FakeClock
) -> None:
    assert await _ready(api) == 200
    probes.append(StoreBusyError("disk full"))

    clock.advance(timedelta(seconds=1))
    assert await _ready(api) == 503
    probes.append(None)
    clock.advance(timedelta(seconds=1))
    assert await _ready(api) == 200


async def test_a_clock_that_was_set_back_does_not_keep_an_old_answer(
    api: Api, probes: list[Any], clock: FakeClock
) -> None:
    assert await _ready(api) == 200
    clock.advance(timedelta(hours=-1))

    assert await _ready(api) == 200
    assert len(probes) == 2
