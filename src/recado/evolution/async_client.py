"""The asynchronous client of Evolution Go."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from recado.errors import EvolutionError
from recado.evolution.async_methods.together import AsyncAllMethods
from recado.evolution.base_client import BaseClient, World
from recado.evolution.commands.base import AnyCall, Command
from recado.evolution.flow import CallFlow
from recado.evolution.http_transport import AsyncHttpTransport, Gateway
from recado.evolution.transport import Answer, AsyncTransport, Auth

Reply = TypeVar("Reply")


async def _sleep(seconds: float) -> None:
    # Loaded late: whoever awaits has it already, and for a program that only makes
    # blocking calls it would be a third of the start-up time.
    import asyncio  # noqa: PLC0415 -- see above

    await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncOutside(World):
    """What the client needs of the world. ``transport`` None means HTTP."""

    sleep: Callable[[float], Awaitable[None]] = _sleep
    transport: AsyncTransport | None = None


class AsyncEvolutionGo(AsyncAllMethods, BaseClient[AsyncOutside, AsyncTransport]):
    """A client for coroutines, for one instance of an Evolution Go server.

    It tries again what is worth it (see ``RetryPolicy``), and never in a way that
    shows a message twice. Use it as a context manager, or call ``close``. Safe to use
    by many coroutines of one event loop. Every call raises ``EvolutionError`` when it
    fails for good; one that was cancelled may have acted.
    """

    async def request(
        self, method: str, path: str, *, json: Any = None, admin: bool = False
    ) -> Any:
        """Make any other call and return its JSON. ``admin`` uses the global key.

        A GET is tried again like any call; other methods only when it is certain
        that nothing was done.
        """
        auth = Auth.ADMIN if admin else Auth.INSTANCE
        return await self.call(AnyCall(method=method, path=path, json=json, auth=auth))

    async def call(self, command: Command[Reply]) -> Reply:
        """Make the call that a command describes, with retries."""
        flow = CallFlow(
            command.completed(self._namer), self._settings, self._surroundings
        )
        while True:
            result: Answer | EvolutionError
            try:
                result = await self._transport.send(flow.request)
            except EvolutionError as error:
                result = error
            delay = flow.delay_after(result)
            if delay is None:
                return flow.reply
            await self._outside.sleep(delay)
            flow.wake()

    async def close(self) -> None:
        """Give the connections back, if they are this client's own."""
        if self._owns_transport:
            await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def _the_world(self) -> AsyncOutside:
        return AsyncOutside()

    def _connect(self, gateway: Gateway, connect_timeout: float) -> AsyncTransport:
        return self._outside.transport or AsyncHttpTransport(
            gateway, connect_timeout=connect_timeout
        )
