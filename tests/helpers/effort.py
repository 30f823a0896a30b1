"""How much work something takes, told apart from what else the machine does."""

import gc
import time
from collections.abc import Callable
from typing import TypeVar

TRIES = 3

T = TypeVar("T")


def assert_little_work(work: Callable[[], T], *, seconds: float) -> T:
    """Let ``work`` take at most so many seconds of its own thread's CPU; its result.

    For bounds far above the usual, against work that grows without one: a pause of the
    garbage collector or of the machine is neither counted nor met three times.
    """
    took: list[float] = []
    while True:
        spent, result = _measured(work)
        if spent <= seconds:
            return result
        took.append(spent)
        assert len(took) < TRIES, f"it took {took} seconds of CPU"


def _measured(work: Callable[[], T]) -> tuple[float, T]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        begun = time.thread_time()
        result = work()
        return time.thread_time() - begun, result
    finally:
        if was_enabled:
            gc.enable()
