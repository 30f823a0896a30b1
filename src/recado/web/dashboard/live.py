"""``/live``: tells open pages that something changed, so that they look again."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from recado.access.roles import Role
from recado.observe.signals import Name, Signal
from recado.web.guard import needs

MOST = 64
"""Streams at a time; who comes later looks again by itself after a while."""

BETWEEN = 1.0
"""Seconds between two notices, however much happens."""

KEEP_ALIVE = 20.0
"""Seconds without news after which a comment shows that the stream lives."""

UNBUFFERED = {"X-Accel-Buffering": "no"}
"""nginx collects an answer until some kilobytes are there, unless it is told not to."""

CHANGES = frozenset(
    {
        Name.TRIGGER_WEBHOOK,
        Name.TRIGGER_EXECUTE,
        Name.TRIGGER_HELD,
        Name.TRIGGER_DEAD_LETTER,
        Name.TRIGGER_REPLAY,
        Name.TRIGGER_DISCARD,
        Name.TRIGGER_CHANGED,
        Name.TRIGGER_REJECTED,
        Name.CIRCUIT_CHANGED,
        Name.EXECUTIONS_RESCUED,
    }
)

router = APIRouter(include_in_schema=False)

Sleep = Callable[[float], Awaitable[None]]


class Live:
    """Hands news to the streams that are open. Listens to signals."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:  # noqa: TID251 (its default)
        self._sleep = sleep
        self._waiting: set[asyncio.Event] = set()
        self._is_over = False

    def take(self, signal: Signal) -> None:
        """Take in what happened; costs next to nothing when nobody looks."""
        if signal.name is Name.SERVER_STOPPING:
            self._is_over = True
        elif not self._waiting or signal.name not in CHANGES:
            return
        for news in self._waiting:
            news.set()

    @property
    def is_full(self) -> bool:
        """Tell whether no more streams are taken."""
        return self._is_over or len(self._waiting) >= MOST

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """Yield server-sent events until the server stops."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            yield b"retry: 3000\n\n"
            while not self._is_over:
                yield await self._next(news)
        finally:
            self._waiting.discard(news)

    async def _next(self, news: asyncio.Event) -> bytes:
        try:
            async with asyncio.timeout(KEEP_ALIVE):
                await news.wait()
        except TimeoutError:
            return b": still here\n\n"
        news.clear()
        if not self._is_over:
            await self._sleep(BETWEEN)
        return b"event: changed\ndata: {}\n\n"


@router.get("/live", dependencies=[needs(Role.VIEWER)])
async def follow(request: Request) -> Response:
    """Open a stream of notices; they say that something changed, and nothing more."""
    live: Live = request.app.state.live
    if live.is_full:
        return Response(status_code=503, headers={"Retry-After": "30"})
    return StreamingResponse(
        live.stream(), media_type="text/event-stream", headers=UNBUFFERED
    )
