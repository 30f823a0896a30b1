"""What a process still owes its HTTP library when it ends."""

import atexit
import sys
import time

PAUSE_SECONDS = 0.001
LONGEST_SECONDS = 2.0


def let_http_finish() -> None:
    """See to it that the process ends only once the HTTP library has left Python.

    The library wakes an event loop from a thread of its own, which gives up the GIL
    while it writes to the loop's socket. A program that then ends at once takes the
    interpreter down under that thread, and it aborts the process (exit status 134).
    Call it wherever that library may call into Python; once or many times.
    """
    atexit.unregister(_wait)
    atexit.register(_wait)


def _wait() -> None:
    # the sleep gives up the GIL, so a thread that wants it is through or has a frame
    give_up = time.monotonic() + LONGEST_SECONDS
    time.sleep(PAUSE_SECONDS)  # noqa: TID251 -- the threads have no signal to wait for
    while _foreign_threads() and time.monotonic() < give_up:
        time.sleep(PAUSE_SECONDS)  # noqa: TID251 -- the same


def _foreign_threads() -> set[int]:
    """Return the threads that run Python now and were not started by it."""
    import threading  # noqa: PLC0415 -- the same

    ours = {
        thread.ident
        for thread in threading.enumerate()
        # stands for a foreign thread that asked for its name, as logging does
        if not isinstance(thread, threading._DummyThread)  # noqa: SLF001 -- no other way
    }
    return sys._current_frames().keys() - ours  # noqa: SLF001 -- documented for debuggers
