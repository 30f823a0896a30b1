"""The stand-in on a port: inside a running event loop, or as a program."""

import asyncio
import secrets
import signal
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from uvicorn.config import Config
from uvicorn.server import ServerState

from recado.clock import SystemClock
from recado.simulator.app import CONNECTION, App
from recado.simulator.deliver import Delivered
from recado.simulator.emission import Emission
from recado.simulator.faults import Faults
from recado.simulator.instances import Instance, Instances
from recado.simulator.phone import Phone
from recado.simulator.simulation import Behaviour, Outside, Simulation
from recado.simulator.subscriptions import hears

DEFAULT_INSTANCES = (Instance(name="sales", token="simulator-token"),)  # noqa: S106 -- opens nothing but this stand-in
DEFAULT_BEHAVIOUR = Behaviour()
LOOPBACK = "127.0.0.1"


class Simulator:
    """A stand-in for Evolution Go; serves between ``async with`` and its end.

    ``port`` 0 takes a free one. Leaving cuts every connection, open requests too.
    """

    def __init__(
        self,
        instances: Sequence[Instance] = DEFAULT_INSTANCES,
        *,
        host: str = LOOPBACK,
        port: int = 0,
        behaviour: Behaviour = DEFAULT_BEHAVIOUR,
        outside: Outside | None = None,
    ) -> None:
        """Set it up; nothing listens yet.

        Raises:
            ValueError: There is no instance, or two share a name, a token or a key.
        """
        if any(one.token == behaviour.admin_key for one in instances):
            raise ValueError("the key for admins cannot be that of an instance")
        self._host, self._port = host, port
        self.behaviour = behaviour
        self._outside = outside or _the_world()
        self.instances = Instances(instances)

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            OSError: The address is taken or not ours.
        """
        self._simulation = Simulation(self.instances, self.behaviour, self._outside)
        self._app = App(self._simulation)
        self._config = _loaded(Config(self._app, **_QUIET))
        self._state = ServerState()
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._protocol, self._host, self._port, backlog=self._config.backlog
            )
        except OSError:
            await self._simulation.deliverer.close()
            raise
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._app.closing = True
        self._server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        running = list(self._state.tasks)
        await asyncio.sleep(0)  # noqa: TID251 -- one turn of the loop, so that uvicorn knows that they are cut
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._simulation.deliverer.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Return the address without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def phone(self) -> Phone:
        """Return what the recipients see."""
        return self._simulation.phone

    @property
    def faults(self) -> Faults:
        """Return the faults in force."""
        return self._simulation.faults

    @property
    def simulation(self) -> Simulation:
        """Return everything behind the port."""
        return self._simulation

    def change(self, name: str, **changes: Any) -> Instance:
        """Change ``online``, ``logged_in`` or ``webhook`` of an instance.

        Raises:
            KeyError: There is no instance of that name.
        """
        return self._simulation.change(self._instance(name), **changes)

    async def emit(
        self, url: str | None, emission: Emission, *, instance: str | None = None
    ) -> list[Delivered]:
        """Deliver events to an address and say how each delivery ended.

        Without an address they go to the webhook of the instance, if it has one and
        wants to hear of them.

        Raises:
            KeyError: There is no instance of that name.
            ValueError: The address is none.
        """
        sender = (
            self.instances.first() if instance is None else self._instance(instance)
        )
        emitted = self._simulation.bodies(emission, sender)
        to = sender.webhook if url is None else url
        if to is None or (url is None and not hears(sender.subscribed, emission.event)):
            return []
        return await self._simulation.deliver(to, emitted, repeat=emission.repeat)

    async def settled(self) -> None:
        """Return when every event on its way has been delivered or given up."""
        await self._simulation.deliverer.settle()

    def _instance(self, name: str) -> Instance:
        found = self.instances.find(name)
        if found is None:
            raise KeyError(name)
        return found

    def _protocol(self) -> asyncio.Protocol:
        # uvicorn copies this into the scope of each request of the connection
        state: dict[str, Any] = {}
        protocol = self._config.http_protocol_class(  # type: ignore[call-arg]
            config=self._config, server_state=self._state, app_state=state
        )
        state[CONNECTION] = protocol
        return protocol


def serve(
    instances: Sequence[Instance],
    *,
    host: str = LOOPBACK,
    port: int = 8080,
    behaviour: Behaviour = DEFAULT_BEHAVIOUR,
    ready: Callable[[Simulator], None],
) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called when it listens.

    Raises:
        OSError: The address is taken or not ours.
        ValueError: See ``Simulator``.
    """
    simulator = Simulator(instances, host=host, port=port, behaviour=behaviour)
    factory = Config(_no_app, **_QUIET).get_loop_factory()
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_until_stopped(simulator, ready))


async def _until_stopped(
    simulator: Simulator, ready: Callable[[Simulator], None]
) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with simulator:
        ready(simulator)
        await stop.wait()


async def _no_app(*_: Any) -> None:
    """Stand for an application where only uvicorn's choice of a loop is wanted."""


# Config(lifespan=…) and the rest would log, wait for or start what we have no use for
_QUIET: dict[str, Any] = {
    "access_log": False,
    "date_header": False,
    "interface": "asgi3",
    "lifespan": "off",
    "log_config": None,
    "proxy_headers": False,
    "server_header": False,
    "ws": "none",
}


def _loaded(config: Config) -> Config:
    config.load()
    return config


def _the_world() -> Outside:
    return Outside(
        clock=SystemClock(),
        sleep=asyncio.sleep,  # noqa: TID251 -- the stand-in's own edge: tests pass another
        token=secrets.token_hex,
    )
