"""A whole server on a thread of its own, for tests of what blocks: the commands."""

import asyncio
import hashlib
import hmac
import io
import queue
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recado import wire
from recado.observe.signals import Name, Signal
from recado.server import Server
from recado.settings import read_settings

SECONDS = 40.0


class RunningServer:
    """What a test sees of it: where it is, its scripts, and its signals.

    ``setup_url`` makes the first admin; "" when there are people already.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scripts = folder / "scripts"
        self.url = ""
        self.setup_url = ""
        self.log = io.StringIO()
        self._signals: queue.Queue[Signal] = queue.Queue()

    def write_script(self, name: str, source: str) -> None:
        self.scripts.mkdir(exist_ok=True)
        (self.scripts / name).write_text(source, encoding="utf-8")

    def wait_for(self, name: Name) -> Signal:
        """The next signal of that name; the ones before it are passed over."""
        while True:
            signal = self._signals.get(timeout=SECONDS)
            if signal.name is name:
                return signal

    def deliver(self, trigger: dict[str, Any], body: dict[str, Any]) -> int:
        """Post a signed event; return the status."""
        content = wire.encode(body)
        digest = hmac.new(trigger["secret"].encode(), content, hashlib.sha256)
        request = urllib.request.Request(  # noqa: S310 (our own http address)
            trigger["hook_url"],
            data=content,
            headers={"X-Signature": digest.hexdigest()},
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            return int(answer.status)

    async def _serve(self, ready: Callable[[asyncio.Event], None]) -> None:
        stop = asyncio.Event()
        settings = read_settings(
            {"RECADO_DATA_DIR": str(self.folder), "RECADO_PORT": "0"}
        )
        server = Server(settings, log_to=self.log)
        server.signals.listen(self._signals.put)
        async with server:
            self.url = server.url
            self.setup_url = server.setup_url or ""
            ready(stop)
            await stop.wait()


@contextmanager
def running_server(folder: Path) -> Iterator[RunningServer]:
    running = RunningServer(folder)
    started: queue.Queue[tuple[asyncio.AbstractEventLoop, asyncio.Event] | None] = (
        queue.Queue()
    )

    def run() -> None:
        try:
            asyncio.run(
                running._serve(
                    lambda stop: started.put((asyncio.get_running_loop(), stop))
                )
            )
        finally:
            started.put(None)

    thread = threading.Thread(target=run)
    thread.start()
    found = started.get(timeout=SECONDS)
    assert found is not None, "the server did not start"
    loop, stop = found
    try:
        yield running
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(SECONDS)
