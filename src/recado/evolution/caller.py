"""The blocking client without its methods: it makes any call that is a command.

A program that knows its command, such as the command line, loads this much only.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from recado.errors import EvolutionError
from recado.evolution.base_client import BaseClient, World
from recado.evolution.commands.base import AnyCall, Command
from recado.evolution.flow import CallFlow
from recado.evolution.http_transport import Gateway, HttpTransport
from recado.evolution.transport import Answer, Auth, Transport

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside(World):
    """What the blocking client needs of the world. ``transport`` None means HTTP."""

    sleep: Callable[[float], None] = time.sleep
    transport: Transport | None = None


class Caller(BaseClient[Outside, Transport]):
    """Makes blocking calls. Safe to use from many threads."""

    def request(
        self, method: str, path: str, *, json: Any = None, admin: bool = False
    ) -> Any:
        """Make any other call and return its JSON. ``admin`` uses the global key.

        A GET is tried again like any call; other methods only when it is certain
        that nothing was done.
        """
        auth = Auth.ADMIN if admin else Auth.INSTANCE
        return self.call(AnyCall(method=method, path=path, json=json, auth=auth))

    def call(self, command: Command[Reply]) -> Reply:
        """Make the call that a command describes, with retries."""
        flow = CallFlow(
            command.completed(self._namer), self._settings, self._surroundings
        )
        while True:
            result: Answer | EvolutionError
            try:
                result = self._transport.send(flow.request)
            except EvolutionError as error:
                result = error
            delay = flow.delay_after(result)
            if delay is None:
                return flow.reply
            self._outside.sleep(delay)
            flow.wake()

    def close(self) -> None:
        """Give the connections back, if they are this client's own."""
        if self._owns_transport:
            self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _the_world(self) -> Outside:
        return Outside()

    def _connect(self, gateway: Gateway, connect_timeout: float) -> Transport:
        return self._outside.transport or HttpTransport(
            gateway, connect_timeout=connect_timeout
        )
