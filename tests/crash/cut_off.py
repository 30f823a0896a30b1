"""Nodes that are cut off, silently; `test_cluster.py` runs this in its own network.

By hand: `unshare --net --pid --fork --mount-proc pytest tests/crash/cut_off.py`.
RECADO_TEST_SECONDS is for how long they are cut off, each of them again and again.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from pyreqwest.client import Client, ClientBuilder

from recado.simulator.faults import Fault, FaultRule
from recado.simulator.server import Simulator
from recado.simulator.simulation import Behaviour
from tests.crash.test_broker_killed import Publishing, Rabbit, Stream, running
from tests.crash.test_cluster import accepted, under_load
from tests.helpers.cluster import INSTANCE, Cluster, Place, Senders, ask
from tests.helpers.nats import NatsNode
from tests.helpers.network import Host, Hosts, Lan, Network, Proxies
from tests.helpers.ports import free_ports
from tests.helpers.postgres import (
    PASSWORD,
    TEMPLATE,
    USER,
    Postgres,
    add_template,
    running_postgres,
)
from tests.helpers.rabbitmq import RabbitNode

SECONDS = float(os.environ.get("RECADO_TEST_SECONDS", "5"))
LEASE = 4.0  # seconds
PATIENCE = timedelta(seconds=1)  # of a sender, before it tries the other node
# for a blink, for less than a lease, for more; in time also until all has timed out
CUTS = (0.3, 1.5, 6.0) if SECONDS < 60 else (0.3, 2.0, 6.0, 12.0, 20.0, 40.0)
# A worker has always something in hand, and few, so that on a slow machine too all of
# them are sent long before a lease ends.
FEW = {"RECADO_CONCURRENCY": "8"}
SLOW = Behaviour(faults=(FaultRule(route="*", fault=Fault(latency=0.2)),))
PUBLISHERS = 2
PAUSE = 0.02  # seconds, so that the machine is not what all wait for
TAKEN_OVER = "SELECT count(*) FROM execution_attempts WHERE outcome = 'abandoned'"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with ClientBuilder().timeout(PATIENCE).build() as opened:
        yield opened


@pytest.fixture
async def hosts() -> AsyncIterator[Hosts]:
    if os.environ.get("RECADO_TEST_CUT_BY") == "proxies":
        async with Proxies() as proxies:
            yield proxies
        return
    with Network() as network:
        yield network


@pytest.fixture
def careful(hosts: Hosts) -> Iterator[Postgres]:
    """A server that syncs all it commits, and listens on its switch."""
    address, [port] = hosts.address(Lan.DATABASE), free_ports(1)
    settings = {"listen_addresses": address, "port": str(port)}
    with running_postgres(settings, in_memory=True) as server:
        add_template(server)
        yield server


class Cuts:
    """Pulls the plugs of nodes; one of each kind keeps its own."""

    def __init__(self, lan: Lan, *kinds: Sequence[Host]) -> None:
        self._lan, self._kinds = lan, kinds
        self._off: list[Host] = []
        self._chance = random.Random(20261125)
        self.count = 0

    async def happen(self) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + SECONDS
        async with asyncio.TaskGroup() as cuts:
            while loop.time() < end:
                for kind in self._kinds:
                    on = [one for one in kind if one not in self._off]
                    if len(on) > 1:
                        self._off.append(host := self._chance.choice(on))
                        # a long one first: then the workers have most in hand
                        long = CUTS[self.count % len(CUTS) - 1]
                        cuts.create_task(self._cut(host, long))
                        self.count += 1
                await asyncio.sleep(self._chance.uniform(0.3, 1.0))

    async def _cut(self, host: Host, seconds: float) -> None:
        await host.cut(self._lan)
        await asyncio.sleep(seconds)
        await host.mend(self._lan)
        self._off.remove(host)


async def place_on(host: Host, server: Postgres, **settings: str) -> Place:
    way = await host.way_to(Lan.DATABASE, server.port)
    return Place(
        database=f"postgresql://{USER}:{PASSWORD}@{way}/{TEMPLATE}",
        address=host.address,
        network=host.network,
        settings={**FEW, **settings},
    )


@pytest.mark.timeout(300 + SECONDS)
async def test_nodes_cut_off_from_the_database(
    tmp_path: Path, hosts: Hosts, careful: Postgres, client: Client
) -> None:
    machines = [hosts.plug_in() for _ in range(5)]
    places = [await place_on(one, careful) for one in machines]
    cluster = Cluster(tmp_path, places, webs=2, workers=3, lease=LEASE)
    database = careful.url(TEMPLATE)
    cuts = Cuts(Lan.DATABASE, machines[2:], machines[:2])

    async with under_load(
        cluster,
        database,
        gateway=Simulator([INSTANCE], host=hosts.address(Lan.WORLD), behaviour=SLOW),
        load=lambda hooks: Senders(client, hooks),
    ) as scene:
        await accepted(scene, 100)
        await cuts.happen()
        await accepted(scene, len(scene.load.accepted) + 100)

    [(taken_over,)] = ask(database, TAKEN_OVER)
    print(  # noqa: T201
        f"{cuts.count} cuts, {len(scene.load.accepted)} events, {taken_over} taken over"
    )
    assert taken_over > 0


class Published:
    """Events by two brokers at once."""

    def __init__(self, rabbit: RabbitNode, nats: NatsNode) -> None:
        numbers = iter(range(10**9))
        self._publishing = [
            Publishing(Rabbit, rabbit.url, numbers=numbers, pause=PAUSE),
            Publishing(Stream, nats.url, numbers=numbers, pause=PAUSE),
        ]
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def accepted(self) -> set[str]:
        return {text for one in self._publishing for text in one.accepted}

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(one.run())
            for one in self._publishing
            for _ in range(PUBLISHERS)
        ]

    async def stop(self) -> None:
        for one in self._publishing:
            one.is_over = True
        await asyncio.gather(*self._tasks)


@pytest.mark.timeout(300 + SECONDS)
async def test_nodes_cut_off_from_the_brokers(
    tmp_path: Path, hosts: Hosts, careful: Postgres
) -> None:
    address = hosts.address(Lan.BROKERS)
    async with AsyncExitStack() as stack:
        rabbit = RabbitNode(tmp_path / "rabbit", host=address)
        nats = NatsNode(tmp_path / "nats", host=address)
        for broker in (rabbit, nats):
            await stack.enter_async_context(running(broker))
        machines = [hosts.plug_in() for _ in range(3)]
        places = [
            await place_on(
                one,
                careful,
                **Rabbit.settings(await one.way_to(Lan.BROKERS, rabbit.port)),
                **Stream.settings(await one.way_to(Lan.BROKERS, nats.port)),
            )
            for one in machines
        ]
        cluster = Cluster(tmp_path, places, webs=2, workers=1, lease=LEASE)
        cuts = Cuts(Lan.BROKERS, machines[:2])

        async with under_load(
            cluster,
            careful.url(TEMPLATE),
            gateway=Simulator([INSTANCE], host=hosts.address(Lan.WORLD)),
            load=lambda _: Published(rabbit, nats),
        ) as scene:
            await accepted(scene, 100)
            await cuts.happen()
            await accepted(scene, len(scene.load.accepted) + 100)

    print(f"{cuts.count} cuts, {len(scene.load.accepted)} events")  # noqa: T201
    assert [web for web in cluster.webs if "broker_away" in web.log()]
