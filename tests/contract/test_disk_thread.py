"""The thread that waits for the disk."""

import asyncio
import threading

import pytest

from recado.store.sqlite.disk import DiskThread


async def test_calls_are_made_in_order_in_one_other_thread() -> None:
    disk = DiskThread("disk")
    made: list[tuple[int, str]] = []

    def note(number: int) -> int:
        made.append((number, threading.current_thread().name))
        return number * 2

    answers = await asyncio.gather(*(disk.call(note, number) for number in range(5)))
    disk.close()

    assert answers == [0, 2, 4, 6, 8]
    assert made == [(number, "disk") for number in range(5)]


async def test_a_call_that_fails_tells_its_caller_and_hinders_no_other() -> None:
    disk = DiskThread("disk")

    failing, fine = disk.call(int, "no number"), disk.call(int, "7")

    with pytest.raises(ValueError, match="no number"):
        await failing
    assert await fine == 7
    disk.close()


async def test_whoever_stopped_waiting_hinders_no_other() -> None:
    disk = DiskThread("disk")
    may_go_on = threading.Event()

    disk.call(may_go_on.wait, 30).cancel()
    disk.call(int, "no number").cancel()
    may_go_on.set()

    assert await disk.call(int, "7") == 7
    disk.close()


async def test_what_is_queued_is_done_before_it_ends_and_nothing_after() -> None:
    disk = DiskThread("disk")

    queued = [disk.call(int, "1"), disk.call(int, "2")]
    disk.close()

    assert await asyncio.gather(*queued) == [1, 2]
    with pytest.raises(RuntimeError, match="ended"):
        disk.call(int, "3")


def test_a_loop_that_has_ended_does_not_end_the_thread_with_an_error() -> None:
    may_go_on = threading.Event()

    async def leave_it_running() -> DiskThread:
        disk = DiskThread("disk")
        disk.call(may_go_on.wait, 30)
        return disk

    disk = asyncio.run(leave_it_running())
    may_go_on.set()

    disk.close()
