"""A line between two ends that can be cut and mended."""

import asyncio
import contextlib
from typing import Self

from tests.helpers.ports import free_ports


class Proxy:
    """Passes bytes on to a port of this machine, until it is cut or frozen."""

    def __init__(self, target: int) -> None:
        self._target = target
        [self.port] = free_ports(1)
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._pipes: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self.connections = 0

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def mend(self) -> None:
        self._flowing.set()
        if self._server is None:
            self._server = await asyncio.start_server(
                self._join, "127.0.0.1", self.port
            )

    def freeze(self) -> None:
        """Take bytes and pass none on, as a network that fell silent."""
        self._flowing.clear()

    async def cut(self) -> None:
        """End all connections, and take no others."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for pipe in list(self._pipes):
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._ends.add(writer)
        try:
            other = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        self._ends.add(other[1])
        for source, target in ((reader, other[1]), (other[0], writer)):
            pipe = asyncio.create_task(self._pass_on(source, target))
            self._pipes.add(pipe)
            pipe.add_done_callback(self._pipes.discard)

    async def _pass_on(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while part := await source.read(64 * 1024):
                await self._flowing.wait()
                target.write(part)
                await target.drain()
        target.close()
