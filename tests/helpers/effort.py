"""How much work something takes, told apart from what else the machine does."""

import gc
import time
from collections.abc import Callable

TRIES = 3


def assert_little_work(work: Callable[[], object], *, seconds: float) -> None:
    """Let ``work`` take at most so many seconds of its own thread's CPU.

    For bounds far above the usual, against work that grows without one: a pause of the
    garbage collector or of the machine is neither counted nor met three times.
    """
    took = [_cpu_seconds(work)]
    while took[-1] > seconds:
        assert len(took) < TRIES, f"it took {took} seconds of CPU"
        took.append(_cpu_seconds(work))


def _cpu_seconds(work: Callable[[], object]) -> float:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        begun = time.thread_time()
        work()
        return time.thread_time() - begun
    finally:
        if was_enabled:
            gc.enable()
