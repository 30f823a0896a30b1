"""The server as a process: its event loop, and the signals that end it."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable

from recado.server import Server

Tell = Callable[[Server], None]


def run_server(server: Server, *, on_start: Tell, on_stop: Tell) -> None:
    """Serve until SIGINT or SIGTERM; returns when everything is on disk.

    ``on_start`` is called when deliveries are taken, ``on_stop`` when the server has
    been told to end; a second signal ends the grace of what still runs. Call from the
    main thread.

    Raises:
        ServerBrokenError: It can take no requests any more.
        SettingsError: The address cannot be used.
        StoreError: The database cannot be opened.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(server, on_start, on_stop))


async def _run(server: Server, on_start: Tell, on_stop: Tell) -> None:
    stopping = asyncio.Event()

    def end() -> None:
        if stopping.is_set():
            server.end_grace()
        stopping.set()

    loop = asyncio.get_running_loop()
    server.log.take_over_logging()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with server:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end)
        spare_the_collector()
        on_start(server)
        await server.serve_until(stopping)
        with contextlib.suppress(OSError):  # nobody reads the terminal any more
            on_stop(server)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 (not on Windows)
    except ImportError:
        return None
    return uvloop.new_event_loop


def spare_the_collector() -> None:
    """Keep what lives as long as the server out of every garbage collection.

    Walking the libraries' objects again and again cost a third of the accept rate.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
