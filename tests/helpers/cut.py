"""A way to PostgreSQL by TCP that can be cut, as a network is."""

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from pathlib import Path
from typing import Self


class Way:
    """Carries connections from a port to the server's socket.

    While it is cut nothing gets through and nobody is told; new connections are taken
    and not answered, as by a host behind a dead switch.
    """

    def __init__(self, server: Path) -> None:
        self._socket = server / ".s.PGSQL.5432"
        self._is_whole = asyncio.Event()
        self._is_whole.set()
        self._carried: set[asyncio.Task[None]] = set()
        self._writers: set[StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._carried:
            task.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)

    def cut(self) -> None:
        self._is_whole.clear()

    def mend_and_reset(self) -> None:
        """End all connections, as a firewall does that has forgotten them."""
        for writer in self._writers:
            writer.transport.abort()
        self._is_whole.set()

    def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carried.add(task)
        task.add_done_callback(self._carried.discard)

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._is_whole.wait()
            there, back = await asyncio.open_unix_connection(self._socket)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pass_on(reader, back))
                    both.create_task(self._pass_on(there, writer))
            finally:
                back.transport.abort()
        except* OSError:
            pass  # one of the two ends has gone
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                await self._is_whole.wait()
                writer.write(data)
                await writer.drain()
        raise ConnectionResetError
