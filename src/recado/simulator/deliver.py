"""Webhooks out, delivered as the gateway does it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import RequestError
from pyreqwest.http import Url

from recado.at_exit import let_http_finish

ATTEMPTS = 5
PAUSE_SECONDS = 30.0
_MOST_CONNECTIONS = 100
_SUCCESSES = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """How a delivery ended. ``status`` is the last answer, None for no answer."""

    attempts: int
    status: int | None

    @property
    def taken(self) -> bool:
        """Return whether the receiver took it; if not, it is lost."""
        return self.status in _SUCCESSES


class Deliverer:
    """Posts events. They have no order among each other and live in memory only."""

    def __init__(
        self, *, sleep: Callable[[float], Awaitable[None]], pause: float = PAUSE_SECONDS
    ) -> None:
        """Set it up; ``pause`` is the seconds between two attempts."""
        self._sleep = sleep
        self._pause = pause
        self._client: Client | None = None
        self._pending: set[asyncio.Task[list[Delivered]]] = set()

    async def deliver(self, url: str, body: bytes) -> Delivered:
        """Post until it is taken, at most five times.

        Raises:
            ValueError: The address is none.
        """
        status: int | None = None
        for attempt in range(1, ATTEMPTS + 1):
            if attempt > 1:
                await self._sleep(self._pause)
            status = await self._post(url, body)
            if status in _SUCCESSES:
                return Delivered(attempts=attempt, status=status)
        return Delivered(attempts=ATTEMPTS, status=status)

    async def deliver_times(self, url: str, body: bytes, times: int) -> list[Delivered]:
        """Deliver the same bytes several times, one after the other.

        Raises:
            ValueError: The address is none.
        """
        return [await self.deliver(url, body) for _ in range(times)]

    def start(self, url: str, body: bytes, *, times: int = 1) -> None:
        """Deliver without making the caller wait."""
        task = asyncio.ensure_future(self.deliver_times(url, body, times))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def settle(self) -> None:
        """Return when nothing is pending."""
        while self._pending:
            await asyncio.wait(self._pending)

    async def drop_pending(self) -> None:
        """Lose what is not delivered yet, as a restart of the gateway does."""
        pending = list(self._pending)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def close(self) -> None:
        """Lose what is pending and close the connections."""
        await self.drop_pending()
        if self._client is not None:
            await self._client.close()

    async def _post(self, url: str, body: bytes) -> int | None:
        if self._client is None:  # it reads certificates, which not everybody needs
            self._client = _make_client()
        request = (
            self._client.post(url)
            .header("content-type", "application/json")
            .body_bytes(body)
            .build()
        )
        try:
            response = await request.send()
            await response.bytes()  # else the connection cannot be used again
        except RequestError:
            return None
        return response.status


def _make_client() -> Client:
    let_http_finish()
    return (
        ClientBuilder()
        .user_agent("Go-http-client/1.1")
        .http1_only()
        .no_proxy()
        .follow_redirects(enable=True)
        .max_connections(_MOST_CONNECTIONS)
        .build()
    )


def is_address(text: str) -> bool:
    """Return whether webhooks can be posted there."""
    try:
        url = Url(text)
    except ValueError:
        return False
    return url.scheme in {"http", "https"} and bool(url.host_str)
