"""News for open pages: paced, bounded, and over when the server stops."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from recado.observe.signals import Name, Signal
from recado.web.dashboard import live
from recado.web.dashboard.live import CHANGES, MOST, Live

HELLO = b"retry: 3000\n\n"
NEWS = b"event: changed\ndata: {}\n\n"


class Waits:
    """Stands in for sleep, and counts."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)


def happens(name: Name) -> Signal:
    return Signal(name, {"execution_id": 7})


async def opened(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    assert await anext(stream) == HELLO
    return stream


async def test_a_change_is_told_without_what_changed() -> None:
    told = Live(Waits())
    stream = await opened(told.stream())

    told.take(happens(Name.TRIGGER_DEAD_LETTER))

    assert await anext(stream) == NEWS


async def test_many_changes_are_one_notice_after_a_pause() -> None:
    waits = Waits()
    told = Live(waits)
    stream = await opened(told.stream())

    for _ in range(100):
        told.take(happens(Name.TRIGGER_EXECUTE))
    first = await anext(stream)
    told.take(happens(Name.SERVER_STOPPING))

    assert first == NEWS
    assert waits.asked == [live.BETWEEN]
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_what_no_page_shows_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE", 0.0)
    told = Live(Waits())
    stream = await opened(told.stream())

    told.take(happens(Name.REQUEST_FAILED))

    assert Name.REQUEST_FAILED not in CHANGES
    assert (await anext(stream)).startswith(b":")


async def test_streams_are_bounded_and_make_room_when_they_end() -> None:
    told = Live(Waits())
    streams = [told.stream() for _ in range(MOST)]
    for stream in streams:
        await anext(stream)

    full = told.is_full
    await streams[0].aclose()

    assert full is True
    assert told.is_full is False


async def test_a_server_that_stops_ends_every_stream_and_takes_none() -> None:
    told = Live(Waits())
    stream = await opened(told.stream())
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)

    told.take(happens(Name.SERVER_STOPPING))

    assert await asyncio.wait_for(waiting, 30) == NEWS
    assert told.is_full is True
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_proxy_is_told_to_pass_news_on_at_once() -> None:
    app = Starlette()
    app.state.live = Live(Waits())

    answer = await live.follow(Request({"type": "http", "app": app}))

    assert answer.headers["x-accel-buffering"] == "no"
