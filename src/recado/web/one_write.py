"""An answer in one write to its socket.

uvicorn writes the head and the body of an answer by themselves. Each is a system
call, and on the way of every event these two were a quarter of the work.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's own protocol over a transport that gathers."""

    def connection_made(  # type: ignore[override]  # the parent names a narrower one
        self, transport: asyncio.Transport
    ) -> None:
        """Take a new connection."""
        super().connection_made(_Gathering(transport, self.loop))  # type: ignore[arg-type]  # the same methods


class _Gathering:
    """A transport that writes once per pass of the event loop what was given to it."""

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Write soon."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Write what is left, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts:
            self._transport.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
