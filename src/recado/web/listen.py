"""The socket that deliveries and the API come in by, and the server behind it."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn

from recado.errors import SettingsError
from recado.web.door import DeliveryProtocol
from recado.web.webhooks import Webhooks


class HttpServer(uvicorn.Server):
    """uvicorn without its own signal handlers: the server decides when to end."""

    def __init__(self, app: Webhooks) -> None:
        config = uvicorn.Config(
            app,
            http=DeliveryProtocol,
            loop="none",
            proxy_headers=False,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=10,
        )
        super().__init__(config)
        self.is_up = asyncio.Event()
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Take no requests any more, and end those that are there."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        """Wait for ``end``. The parent looks ten times a second, also when idle."""
        await self.on_tick(0)
        await self._ending.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say so."""
        await super().startup(sockets)
        self.is_up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for those who are being served. The parent waits 0.1 s for nobody."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)  # noqa: TID251 -- one turn of the loop, in which the idle ones go
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            await server.wait_closed()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals alone."""
        yield


class NoDoor:
    """In the place of a server on a node that only runs actions: nobody is let in."""

    def __init__(self) -> None:
        self.is_up = asyncio.Event()
        self.force_exit = False
        self._is_over = asyncio.Event()

    def end(self) -> None:
        """Let ``serve`` return."""
        self._is_over.set()

    async def serve(self, _: list[socket.socket]) -> None:
        """Return when it is told to end."""
        self.is_up.set()
        await self._is_over.wait()


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens to nobody yet; port 0 picks one.

    Raises:
        SettingsError: The address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: only then does asyncio switch Nagle's algorithm off, which
    # would hold the second half of an answer for 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error}. Choose another with --port, or "
            "set RECADO_HOST and RECADO_PORT to a free address of this machine."
        ) from error
    listener.setblocking(False)  # noqa: FBT003 (its only argument)
    return listener


def url_of(listener: socket.socket, host: str) -> str:
    """Return where a browser on this machine finds it."""
    port = listener.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 (shown, not bound)
    return f"http://{shown}:{port}"
