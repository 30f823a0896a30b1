"""Bodies of deliveries: read in time, and never too much of them at once.

Whoever finds the door may post to it, so neither a slow nor a large body, nor many of
them, may cost more than what is set here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from enum import Enum
from typing import Any

MAX_BODY = 10 * 1024 * 1024
MAX_IN_FLIGHT = 64 * 1024 * 1024
PATIENCE = 30.0
"""Seconds in which a body has to come."""

SMALL = 64 * 1024
"""Bytes; what comes whole and is no larger is not counted, as most bodies are."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class Why(Enum):
    """Why a body was not read."""

    TOO_LARGE = f"the body is larger than {MAX_BODY:,} bytes"
    TOO_MUCH = "too many bytes of other bodies are in flight"
    TOO_SLOW = "the body did not come in time"
    GONE = "the sender hung up before the body was complete"


class UnreadError(Exception):
    """A body was not read. ``why`` tells what to answer."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Bodies:
    """Reads bodies. ``in_flight`` are the bytes that are read and not yet done with.

    ``limit`` is how many there may be, ``patience`` how many seconds a body may take.
    """

    def __init__(
        self, *, limit: int = MAX_IN_FLIGHT, patience: float = PATIENCE
    ) -> None:
        self._limit = limit
        self._patience = patience
        self.in_flight = 0

    async def read(
        self, receive: Receive, headers: Mapping[str, str], *, keep: bool
    ) -> bytes:
        """Return a request's body, to be told to ``done`` in the end.

        Without ``keep`` it is read and thrown away, and b"" is returned.

        Raises:
            UnreadError: It is too large, too slow, too much, or incomplete.
        """
        announced = headers.get("content-length", "")
        if announced.isdigit() and int(announced) > MAX_BODY:
            raise UnreadError(Why.TOO_LARGE)
        try:
            async with asyncio.timeout(self._patience):
                part, more = await _next(receive)
                if more or len(part) > SMALL:
                    return await self._read_large(receive, part, more=more, keep=keep)
        except TimeoutError:
            raise UnreadError(Why.TOO_SLOW) from None
        return part if keep else b""

    def done(self, body: bytes) -> None:
        """Take note that a body which was read is not needed any more."""
        if len(body) > SMALL:
            self.in_flight -= len(body)

    async def _read_large(
        self, receive: Receive, part: bytes, *, more: bool, keep: bool
    ) -> bytes:
        # one piece of memory: a list of tiny parts would weigh many times as much
        before = bytearray()
        size = counted = 0
        try:
            while True:
                size += len(part)
                self._check(size, in_flight=self.in_flight - counted)
                if keep:
                    self.in_flight += len(part)
                    counted = size
                if not more:
                    break
                if keep:
                    before += part
                part, more = await _next(receive)
            if size > SMALL:
                counted = 0  # until it is done with
            return _joined(before, part) if keep else b""
        finally:
            self.in_flight -= counted

    def _check(self, size: int, *, in_flight: int) -> None:
        # also of what is not kept: else the answer would tell which ids there are
        if size > MAX_BODY:
            raise UnreadError(Why.TOO_LARGE)
        if size + in_flight > self._limit:
            raise UnreadError(Why.TOO_MUCH)


def _joined(before: bytearray, last: bytes) -> bytes:
    if not before:
        return last
    before += last
    return bytes(before)


async def _next(receive: Receive) -> tuple[bytes, bool]:
    """Return the next part, and whether there is more."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise UnreadError(Why.GONE)
    return message.get("body", b""), message.get("more_body", False)
