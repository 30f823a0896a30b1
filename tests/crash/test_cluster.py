"""Many processes on one PostgreSQL: killed, restarted, cut off; then the books.

RECADO_TEST_SECONDS is for how long they are killed: `RECADO_TEST_SECONDS=120`.
"""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pyreqwest.client import Client, ClientBuilder

from recado.simulator.server import Simulator
from tests.crash.test_kill import a_trigger
from tests.helpers.cluster import (
    INSTANCE,
    Books,
    Cluster,
    Load,
    Node,
    Place,
    Senders,
    ask,
)
from tests.helpers.cut import Way
from tests.helpers.network import words_of_own_network
from tests.helpers.postgres import (
    PASSWORD,
    TEMPLATE,
    USER,
    Postgres,
    add_template,
    running_postgres,
)

SECONDS = float(os.environ.get("RECADO_TEST_SECONDS", "10"))
LEASE = 10.0  # seconds
PATIENCE = timedelta(seconds=3)  # of a sender, before it tries the other node
BY_PROXIES = (
    "no network namespaces can be made here (they need `ip` and either CAP_SYS_ADMIN "
    "with CAP_NET_ADMIN or namespaces of users), so networks are cut by proxies"
)
STATUSES = "SELECT DISTINCT status FROM trigger_executions"
COUNT = "SELECT count(*) FROM trigger_executions"
COUNTED = """
SELECT name, sum(value) FROM counters
WHERE name LIKE 'status:%' OR name LIKE 'total:%' GROUP BY name HAVING sum(value) <> 0
"""
COMPLETED_TWICE = """
SELECT execution_id FROM execution_attempts WHERE outcome = 'completed'
GROUP BY execution_id HAVING count(*) <> 1
"""


@pytest.fixture
def careful() -> Iterator[Postgres]:
    """A server that syncs all it commits.

    To files in memory: those outlive every process, and only processes are killed here.
    """
    with running_postgres({}, in_memory=True) as server:
        add_template(server)
        yield server


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with ClientBuilder().timeout(PATIENCE).build() as opened:
        yield opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A cluster under load, and what is written down of it."""

    cluster: Cluster
    load: Load
    books: Books


@contextlib.asynccontextmanager
async def under_load(
    cluster: Cluster,
    database: str,
    *,
    gateway: Simulator,
    load: Callable[[list[str]], Load],
) -> AsyncIterator[Scene]:
    """Load a cluster; at the end, let it finish, stop it and compare the books.

    ``load`` makes the load, given the URLs of the trigger.
    """
    async with gateway, cluster:
        first, second = (web.url for web in cluster.webs)
        async with ClientBuilder().build() as patient:
            token = {"instance_token": INSTANCE.token}
            hook = await a_trigger(patient, first, gateway.url, **token)
        events = load([hook, hook.replace(first, second)])
        books = Books(database, gateway.phone)
        events.start()
        reading = asyncio.create_task(books.read_for_ever())
        yield Scene(cluster=cluster, load=events, books=books)
        await events.stop()
        await books.until_finished(len(events.accepted))
        reading.cancel()
        codes = await asyncio.to_thread(cluster.stop)
        shown = Counter(one.text for one in gateway.phone.shown())

    assert codes == [0] * len(cluster.nodes)
    assert shown == Counter(events.accepted)  # none is lost, each is shown once
    assert books.shown_in_order() == books.stored_in_order()
    assert books.ran_again == []
    assert ask(database, COMPLETED_TWICE) == []
    assert ask(database, STATUSES) == [("completed",)]
    [(count,)] = ask(database, COUNT)
    assert count == len(events.accepted)
    assert ask(database, COUNTED) == [("status:completed", count)]
    assert not [node for node in cluster.nodes if PASSWORD in node.log()]


def under_senders(
    cluster: Cluster, database: str, client: Client
) -> contextlib.AbstractAsyncContextManager[Scene]:
    """Load a cluster by what HTTP brings: see ``under_load``."""
    return under_load(
        cluster,
        database,
        gateway=Simulator([INSTANCE]),
        load=lambda hooks: Senders(client, hooks),
    )


async def kill_in_turn(
    cluster: Cluster, careful: Postgres, chance: random.Random
) -> int:
    """Kill one node every second or so, and the database once; return how many."""
    loop = asyncio.get_running_loop()
    begun, kills, has_crashed = loop.time(), 0, False
    victims: list[Node] = []
    # each of them once, however long that takes
    while (passed := loop.time() - begun) < SECONDS or kills < len(cluster.nodes):
        await asyncio.sleep(chance.uniform(0.5, 1.3))
        if not has_crashed and passed > SECONDS / 2:
            has_crashed = True
            await asyncio.to_thread(careful.stop)
            await asyncio.sleep(chance.uniform(0, 1))
            await asyncio.to_thread(careful.start)
        victims = victims or chance.sample(cluster.nodes, len(cluster.nodes))
        node = victims.pop()
        await asyncio.to_thread(node.end, signal.SIGKILL)
        cluster.start_what_ended()
        kills += 1
    await cluster.until_up()
    return kills


@pytest.mark.timeout(900 + SECONDS)
async def test_killed_nodes_and_a_crashed_database_lose_nothing(
    tmp_path: Path, careful: Postgres, client: Client
) -> None:
    database = careful.url(TEMPLATE)
    places = [Place(database=database)]
    cluster = Cluster(tmp_path, places, webs=2, workers=3, lease=LEASE)

    async with under_senders(cluster, database, client) as scene:
        kills = await kill_in_turn(cluster, careful, random.Random(20260325))

    print(f"{kills} kills, {len(scene.load.accepted)} events")  # noqa: T201
    assert kills >= len(cluster.nodes)


@pytest.mark.timeout(900)
async def test_nodes_whose_connections_are_forgotten_lose_nothing_and_repeat_nothing(
    tmp_path: Path, careful: Postgres, client: Client
) -> None:
    """For longer than a lease: others finish what a worker behind the cut had."""
    database = careful.url(TEMPLATE)
    async with Way(careful.folder) as way:
        by_tcp = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{way.port}/{TEMPLATE}"
        places = [Place(database=database), Place(database=by_tcp)]
        lease = 3.0
        cluster = Cluster(tmp_path, places, webs=2, workers=2, lease=lease)

        async with under_senders(cluster, database, client) as scene:
            await accepted(scene, 100)
            way.cut()
            await asyncio.sleep(lease + lease / 2)
            way.mend_and_reset()
            await accepted(scene, len(scene.load.accepted) + 100)


@pytest.mark.timeout(900 + SECONDS)
@pytest.mark.filterwarnings("default:no network namespaces")
@pytest.mark.parametrize("servers", ["database", "brokers"])
def test_nodes_that_nobody_hears_lose_nothing_and_repeat_nothing(
    servers: str, tmp_path: Path
) -> None:
    """In a network of their own, where a cut is a cut: see `cut_off.py`."""
    environment = dict(os.environ)
    words = words_of_own_network()
    if words is None:
        environment["RECADO_TEST_CUT_BY"] = "proxies"
        warnings.warn(BY_PROXIES, stacklevel=1)

    ended = subprocess.run(
        [
            *(words or []),
            *(sys.executable, "-m", "pytest", "tests/crash/cut_off.py", "-k", servers),
            *("-s", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "own")),
        ],
        check=False,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    print(ended.stdout)  # noqa: T201
    assert ended.returncode == 0


async def accepted(scene: Scene, many: int) -> None:
    async with asyncio.timeout(60):
        while len(scene.load.accepted) < many:
            await asyncio.sleep(0.05)
