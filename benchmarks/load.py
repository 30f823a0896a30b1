"""A load generator that costs little: raw HTTP/1.1 over keep-alive connections.

A general HTTP client costs more per request than the servers under test, and would
measure itself.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MakeRequest = Callable[[int], bytes]
"""Gives request number n: the complete bytes of head and body."""


@dataclass(slots=True)
class Result:
    """What a run measured. Latencies are seconds, in order of completion."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """Return the latency below which that share of the answers lies."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Connection(asyncio.Protocol):
    """One connection with one request in flight. ``is_over``: take another one."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.is_over = False
        self._buffer = b""
        self._waiting: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = _content_length(head)
        if len(rest) < length:
            return
        self._buffer = b""
        self.is_over = head.startswith(b"HTTP/1.0") or b"nnection: close" in head
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionResetError("closed"))

    def send(self, request: bytes) -> asyncio.Future[int]:
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._waiting


def _content_length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at < 0:
        return 0
    return int(lower[at + 15 :].split(b"\r\n", 1)[0])


async def _connect(host: str, port: int, count: int) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(_Connection, host, port) for _ in range(count)
    ]
    return [protocol for _, protocol in opened]


async def closed_loop(
    host: str, port: int, make_request: MakeRequest, *, count: int, connections: int
) -> Result:
    """Send ``count`` requests, each connection the next one after its answer."""
    result = Result()
    numbers = iter(range(count))

    async def client(connection: _Connection) -> None:
        for number in numbers:
            request = make_request(number)
            begun = time.perf_counter()
            if connection.is_over:
                connection.transport.close()
                [connection] = await _connect(host, port, 1)
            status = await connection.send(request)
            result.latencies.append(time.perf_counter() - begun)
            result.statuses[status] = result.statuses.get(status, 0) + 1

    opened = await _connect(host, port, connections)
    begun = time.perf_counter()
    await asyncio.gather(*(client(connection) for connection in opened))
    result.seconds = time.perf_counter() - begun
    for connection in opened:
        connection.transport.close()
    return result


async def open_loop(
    host: str,
    port: int,
    make_request: MakeRequest,
    *,
    rate: float,
    seconds: float,
    connections: int,
) -> Result:
    """Send at a fixed rate whatever the answers do; latency counts from the plan.

    A request that finds every connection busy waits for one, and its waiting counts:
    otherwise a slow server would be asked less and look fast.
    """
    result = Result()
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    for connection in await _connect(host, port, connections):
        free.put_nowait(connection)
    begun = time.perf_counter()

    async def one(number: int, planned: float) -> None:
        connection = await free.get()
        status = await connection.send(make_request(number))
        result.latencies.append(time.perf_counter() - planned)
        result.statuses[status] = result.statuses.get(status, 0) + 1
        free.put_nowait(connection)

    running = []
    for number in range(int(rate * seconds)):
        planned = begun + number / rate
        # Not a timer: those of the event loop are whole milliseconds, and the error
        # would count as the server's.
        while time.perf_counter() < planned:
            await asyncio.sleep(0)
        running.append(asyncio.create_task(one(number, planned)))
    await asyncio.gather(*running)
    result.seconds = time.perf_counter() - begun
    return result


def post(host: str, port: int, path: str, body: bytes, headers: str = "") -> bytes:
    """Return the bytes of a POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"{headers}\r\n"
    )
    return head.encode() + body
