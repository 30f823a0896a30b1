"""Who waits for a limit goes on in the order they came."""

import asyncio

import pytest

from recado.brokers.line import Line


async def test_who_came_first_goes_on_first() -> None:
    line, went = Line(), list[str]()
    room = asyncio.Event()

    async def wait(name: str) -> None:
        with line.place() as first:
            await first.wait()
            await room.wait()
        went.append(name)

    async with asyncio.TaskGroup() as tasks:
        for name in "abc":
            tasks.create_task(wait(name))
        await asyncio.sleep(0)
        room.set()

    assert went == ["a", "b", "c"]


async def test_who_gives_up_holds_up_nobody() -> None:
    line = Line()

    with line.place() as first, line.place() as second, line.place() as third:
        with pytest.raises(ZeroDivisionError), line.place():
            raise ZeroDivisionError
        before = [one.is_set() for one in (first, second, third)]

    assert before == [True, False, False]
    with line.place() as again:
        assert again.is_set()
