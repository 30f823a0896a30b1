"""Everything behind the port: instances, phone, faults, events."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from recado import wire
from recado.clock import Clock
from recado.simulator import envelopes
from recado.simulator.answer import Asked
from recado.simulator.deliver import PAUSE_SECONDS, Delivered, Deliverer
from recado.simulator.emission import Emission, Emitted, bodies_of
from recado.simulator.faults import Faults
from recado.simulator.instances import Instance, Instances
from recado.simulator.phone import Phone

KEPT_REQUESTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How the stand-in behaves while nothing is asked of it. Times are seconds.

    ``offline_latency`` is how long an offline instance takes to say so. A person is
    not on WhatsApp when the number is one of ``unregistered`` (digits) or ends with
    ``unregistered_ending`` (None: no such ending).
    """

    licensed: bool = True
    offline_latency: float = 0.0
    unregistered: frozenset[str] = frozenset()
    unregistered_ending: str | None = "0000"
    webhook_pause: float = PAUSE_SECONDS

    def is_registered(self, digits: str) -> bool:
        """Return whether a person with this number is on WhatsApp."""
        ending = self.unregistered_ending
        return digits not in self.unregistered and not (
            ending is not None and digits.endswith(ending)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the stand-in needs of the world; ``token(n)`` is n random bytes in hex."""

    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    token: Callable[[int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """One request and what came of it; ``status`` None means a dropped connection."""

    asked: Asked
    instance: str | None
    status: int | None


class Simulation:
    """The state behind the port. Belongs to one event loop."""

    def __init__(
        self, instances: Instances, behaviour: Behaviour, outside: Outside
    ) -> None:
        self.instances = instances
        self.behaviour = behaviour
        self.outside = outside
        self.phone = Phone()
        self.faults = Faults()
        self.requests: deque[SeenRequest] = deque(maxlen=KEPT_REQUESTS)
        self.deliverer = Deliverer(sleep=outside.sleep, pause=behaviour.webhook_pause)

    def change(self, instance: Instance, **changes: Any) -> Instance:
        """Change an instance; one that comes or goes tells its webhook."""
        changed = self.instances.change(instance, **changes)
        if changed.online != instance.online:
            build = envelopes.connected if changed.online else envelopes.disconnected
            self.tell(changed, build(changed))
        return changed

    def tell(self, instance: Instance, envelope: dict[str, Any]) -> None:
        """Deliver an event to the instance's own webhook, if it has one."""
        if instance.webhook is not None:
            self.deliverer.start(instance.webhook, wire.encode(envelope))

    def bodies(self, emission: Emission, instance: Instance) -> list[Emitted]:
        """Return the events of an emission, ready to be delivered."""
        return bodies_of(
            emission,
            instance,
            at=self.outside.clock.now(),
            token=self.outside.token,
        )

    async def deliver(
        self, url: str, emitted: list[Emitted], *, repeat: int
    ) -> list[Delivered]:
        """Deliver events, each of them ``repeat`` more times; in the given order."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(
                    self.deliverer.deliver_times(url, event.body, 1 + repeat)
                )
                for event in emitted
            ]
        return [delivered for task in tasks for delivered in task.result()]

    def deliver_later(self, url: str, emitted: list[Emitted], *, repeat: int) -> None:
        """Deliver events without making the caller wait."""
        for event in emitted:
            self.deliverer.start(url, event.body, times=1 + repeat)

    async def reset(self) -> None:
        """Forget what happened and put everything back to the start."""
        await self.deliverer.drop_pending()
        self.phone.clear()
        self.faults.clear()
        self.requests.clear()
        self.instances.reset()
