"""The stand-in without a port: a request in, an answer out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from recado import wire
from recado.simulator.answer import Answer, Asked
from recado.simulator.gateway import answer_request
from recado.simulator.instances import Instance, Instances
from recado.simulator.route import Auth
from recado.simulator.simulation import ADMIN_KEY, Behaviour, Outside, Simulation
from tests.helpers.clock import FakeClock

TOKEN = "simulator-token"
SALES = Instance(name="sales", token=TOKEN)
HELP = Instance(name="help", token="help-token", number="5511990000200")
KEYS = {Auth.NONE: "", Auth.ADMIN: ADMIN_KEY, Auth.INSTANCE: TOKEN}


class Naps:
    """A sleep that takes no time and keeps how long it was asked for."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@dataclass
class Told:
    """A simulation whose webhooks are kept instead of posted."""

    simulation: Simulation
    naps: Naps
    events: list[dict[str, Any]] = field(default_factory=list)

    async def ask(
        self,
        route: str,
        body: object = None,
        *,
        key: str = TOKEN,
        content_type: str = "application/json",
        query: str = "",
    ) -> Answer:
        method, _, path = route.partition(" ")
        raw = body if isinstance(body, bytes) else b""
        if body is not None and not isinstance(body, bytes):
            raw = wire.encode(body)
        asked = Asked(
            method=method,
            path=path,
            content_type=content_type,
            apikey=key,
            body=raw,
            query=query,
        )
        return await answer_request(self.simulation, asked)

    async def data(self, route: str, body: object = None, **more: Any) -> Any:
        """What a success holds."""
        answer = await self.ask(route, body, **more)
        assert answer.status == 200, answer
        return wire.decode(answer.body).get("data")

    async def error(self, route: str, body: object = None, **more: Any) -> Any:
        """The status and the text of a failure."""
        answer = await self.ask(route, body, **more)
        return answer.status, wire.decode(answer.body)["error"]

    def names(self) -> list[str]:
        return [event["event"] for event in self.events]


def simulated(
    *instances: Instance, behaviour: Behaviour | None = None, webhook: str | None = None
) -> Told:
    numbers = iter(range(1, 100_000))
    naps = Naps()
    outside = Outside(
        clock=FakeClock(datetime(2026, 3, 25, 20, 0, tzinfo=UTC)),
        sleep=naps,
        token=lambda count: f"{next(numbers):0{2 * count}x}",
    )
    simulation = Simulation(
        Instances(instances or (SALES, HELP)), behaviour or Behaviour(), outside
    )
    told = Told(simulation=simulation, naps=naps)

    def start(url: str, body: bytes, *, times: int = 1) -> None:
        assert url == webhook
        told.events.extend([wire.decode(body)] * times)

    simulation.deliverer.start = start  # type: ignore[method-assign]
    return told


def with_params(path: str, params: Mapping[str, str]) -> str:
    for name, value in params.items():
        path = path.replace(f":{name}", value)
    return path
