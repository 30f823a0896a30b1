"""The blocking and the asynchronous client as one, for tests of what both promise."""

import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from copy import copy
from typing import Any, Protocol, Unpack

from recado.evolution import AsyncEvolutionGo, EvolutionGo
from recado.evolution.async_client import AsyncOutside
from recado.evolution.client import Outside
from recado.evolution.commands.base import Command
from recado.evolution.commands.sending import SendOptions
from recado.evolution.options import Options
from recado.evolution.replies.instances import InstanceStatusReply
from recado.evolution.replies.messages import SentMessage
from recado.evolution.reports import FailedTry
from tests.helpers.gateway_server import GatewayServer, Seen, Step

KEY = "instance-token-hush"


class Client(Protocol):
    """The two clients as one: a coroutine for each call."""

    waits: list[float]
    heard: list[FailedTry]

    async def send_text(
        self, number: str, text: str, **options: Unpack[SendOptions]
    ) -> SentMessage: ...

    async def instance_status(self) -> InstanceStatusReply: ...

    async def request(
        self, method: str, path: str, *, json: Any = None, admin: bool = False
    ) -> Any: ...

    async def call(self, command: Command[Any]) -> Any: ...

    def with_options(self, **options: Unpack[Options]) -> "Client": ...

    async def close(self) -> None: ...


class Blocking:
    def __init__(self, url: str, **settings: Any) -> None:
        self.waits: list[float] = []
        self.heard: list[FailedTry] = []
        outside = Outside(sleep=self.waits.append, draw=lambda: 0.5)
        settings = {
            "on_failed_try": self.heard.append,
            "outside": outside,
            **settings,
        }
        self.client = EvolutionGo(url, KEY, **settings)

    def with_options(self, **options: Unpack[Options]) -> Client:
        other = copy(self)
        other.client = self.client.with_options(**options)
        return other

    async def send_text(
        self, number: str, text: str, **options: Unpack[SendOptions]
    ) -> SentMessage:
        return self.client.send_text(number, text, **options)

    async def instance_status(self) -> InstanceStatusReply:
        return self.client.instance_status()

    async def request(
        self, method: str, path: str, *, json: Any = None, admin: bool = False
    ) -> Any:
        return self.client.request(method, path, json=json, admin=admin)

    async def call(self, command: Command[Any]) -> Any:
        return self.client.call(command)

    async def close(self) -> None:
        with self.client as same:
            assert same is self.client


class Coroutines:
    def __init__(self, url: str, **settings: Any) -> None:
        self.waits: list[float] = []
        self.heard: list[FailedTry] = []
        outside = AsyncOutside(sleep=self._sleep, draw=lambda: 0.5)
        settings = {
            "on_failed_try": self.heard.append,
            "outside": outside,
            **settings,
        }
        self.client = AsyncEvolutionGo(url, KEY, **settings)

    def with_options(self, **options: Unpack[Options]) -> Client:
        other = copy(self)
        other.client = self.client.with_options(**options)
        return other

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def send_text(
        self, number: str, text: str, **options: Unpack[SendOptions]
    ) -> SentMessage:
        return await self.client.send_text(number, text, **options)

    async def instance_status(self) -> InstanceStatusReply:
        return await self.client.instance_status()

    async def request(
        self, method: str, path: str, *, json: Any = None, admin: bool = False
    ) -> Any:
        return await self.client.request(method, path, json=json, admin=admin)

    async def call(self, command: Command[Any]) -> Any:
        return await self.client.call(command)

    async def close(self) -> None:
        async with self.client as same:
            assert same is self.client


class Bench:
    """Makes servers and clients of one kind, and closes them all."""

    def __init__(self, kind: Callable[..., Client], stack: AsyncExitStack) -> None:
        self._kind = kind
        self._stack = stack

    def server(self, *script: Step, tls: ssl.SSLContext | None = None) -> GatewayServer:
        return self._stack.enter_context(GatewayServer(script, tls=tls))

    def client(self, url: str, **settings: Any) -> Client:
        client = self._kind(url, **settings)
        self._stack.push_async_callback(client.close)
        return client

    def pair(self, *script: Step, **settings: Any) -> tuple[Client, list[Seen]]:
        server = self.server(*script)
        return self.client(server.url, **settings), server.seen
