"""The stand-in in a thread of its own, for programs and tests without an event loop."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from recado.simulator.deliver import Delivered
from recado.simulator.emission import Emission
from recado.simulator.fault_text import rule_from_text
from recado.simulator.instances import Instance
from recado.simulator.phone import ShownMessage
from recado.simulator.server import DEFAULT_BEHAVIOUR, DEFAULT_INSTANCES, Simulator
from recado.simulator.simulation import Behaviour

Result = TypeVar("Result")


class BackgroundSimulator:
    """A simulator that serves between ``with`` and its end.

    Every method may be called from any thread but the simulator's own.
    """

    def __init__(
        self,
        instances: Sequence[Instance] = DEFAULT_INSTANCES,
        *,
        port: int = 0,
        behaviour: Behaviour = DEFAULT_BEHAVIOUR,
    ) -> None:
        """Set it up; nothing listens yet, and ``port`` 0 will take a free one.

        Raises:
            ValueError: See ``Simulator``.
        """
        self._simulator = Simulator(instances, port=port, behaviour=behaviour)
        self._listens: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._serve, name="simulator")

    def __enter__(self) -> Self:
        """Listen.

        Raises:
            OSError: The address is taken.
        """
        self._thread.start()
        try:
            self._loop = self._listens.result()
        except BaseException:
            self._thread.join()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """Return the address without a slash at the end."""
        return self._simulator.url

    @property
    def token(self) -> str:
        """Return the key of the first instance."""
        return self._simulator.instances.first().token

    def shown(self) -> list[ShownMessage]:
        """Return what the recipients' phones show, in the order of arrival."""
        return self.do(lambda simulator: simulator.phone.shown())

    def fail(self, fault: str) -> None:
        """Let requests fail: ``POST /send/text=ack_timeout:2``.

        Raises:
            ValueError: There is no such fault; see ``rule_from_text``.
        """
        rule = rule_from_text(fault)
        self.do(lambda simulator: simulator.faults.add(rule))

    def change(self, name: str, **changes: Any) -> None:
        """Change ``online``, ``logged_in`` or ``webhook`` of an instance.

        Raises:
            KeyError: There is no instance of that name.
        """
        self.do(lambda simulator: simulator.change(name, **changes))

    def emit(self, emission: Emission, *, url: str | None = None) -> list[Delivered]:
        """Deliver events and say how each delivery ended.

        Without an address they go to the webhook of the first instance.

        Raises:
            ValueError: The address is none.
        """
        return self.wait_for(lambda simulator: simulator.emit(url, emission))

    def settle(self) -> None:
        """Return when every event on its way has been delivered or given up."""
        self.wait_for(lambda simulator: simulator.settled())

    def reset(self) -> None:
        """Put everything back to the start."""
        self.wait_for(lambda simulator: simulator.simulation.reset())

    def do(self, work: Callable[[Simulator], Result]) -> Result:
        """Return what a function makes of the simulator, in its own thread."""

        async def done(simulator: Simulator) -> Result:
            return work(simulator)

        return self.wait_for(done)

    def wait_for(self, work: Callable[[Simulator], Awaitable[Result]]) -> Result:
        """Return what a coroutine makes of the simulator, in its own thread."""

        async def awaited() -> Result:
            return await work(self._simulator)

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result()

    def _serve(self) -> None:
        try:
            asyncio.run(self._until_ended())
        except BaseException as error:
            if self._listens.done():
                raise
            self._listens.set_exception(error)

    async def _until_ended(self) -> None:
        self._ended = asyncio.Event()
        async with self._simulator:
            self._listens.set_result(asyncio.get_running_loop())
            await self._ended.wait()
