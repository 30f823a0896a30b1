"""Two web nodes and two workers on one PostgreSQL, killed in turn; then the books."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
from pyreqwest.client import Client, ClientBuilder

from recado import wire
from recado.simulator.envelopes import message
from recado.simulator.message_content import Said
from recado.simulator.server import Simulator
from tests.crash.test_kill import CHATS, INSTANCE, KEY, a_trigger
from tests.helpers.builders import NOON
from tests.helpers.postgres import (
    PASSWORD,
    TEMPLATE,
    Postgres,
    add_template,
    running_postgres,
)

ROUNDS = 8
SENDERS = 6
SECRET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def careful() -> Iterator[Postgres]:
    """A server that syncs to the disk."""
    with running_postgres({}) as server:
        add_template(server)
        yield server


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with ClientBuilder().build() as opened:
        yield opened


class Node:
    """A process of one kind, killed and started again."""

    def __init__(self, folder: Path, words: str, database_url: str) -> None:
        folder.mkdir()
        self._folder, self._words, self._url = folder, words, database_url
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "recado.cli.main", *self._words.split()],
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": os.pathsep.join(sys.path),
                    "RECADO_DATA_DIR": str(self._folder),
                    "RECADO_DATABASE_URL": self._url,
                    "RECADO_SECRET_KEY": SECRET_KEY,
                    "RECADO_PORT": str(self.port),
                    "RECADO_BOOTSTRAP_API_KEY": KEY,
                    "RECADO_GRACE_SECONDS": "2",
                },
                stdout=log,
                stderr=log,
            )

    def end(self, how: int) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(30)

    def log(self) -> str:
        return (self._folder / "log").read_text()


async def until_up(node: Node) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", node.port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


class Load:
    """Senders that deliver each event until one of the nodes answers 200."""

    def __init__(self, client: Client, urls: list[str]) -> None:
        self._client = client
        self._urls = urls
        self._numbers = iter(range(10**9))
        self.accepted: set[str] = set()
        self.is_over = False

    async def send(self) -> None:
        while not self.is_over:
            number = next(self._numbers)
            text = f"message {number}"
            chat = f"55119900{number % CHATS:02}111@s.whatsapp.net"
            said = Said(id=f"3A{number:018X}", at=NOON, chat=chat, text=text)
            body = wire.encode(message(INSTANCE, said))
            tries = 0
            while not await self._deliver(self._urls[(number + tries) % 2], body):
                tries += 1
                await asyncio.sleep(0.02)
            self.accepted.add(text)

    async def _deliver(self, url: str, body: bytes) -> bool:
        try:
            request = self._client.post(url).body_bytes(body)
            return (await request.build().send()).status == 200
        except Exception:  # noqa: BLE001 (whatever became of the node)
            return False


def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


COUNTED = "SELECT sum(value) FROM counters WHERE name = 'status:completed'"
OUT_OF_ORDER = """
SELECT id FROM (
  SELECT id, completed_at,
    max(completed_at) OVER (PARTITION BY ordering_key ORDER BY id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM trigger_executions
) AS ended WHERE completed_at < before
"""


class Nodes:
    """Two that take deliveries, two that run actions, and their database."""

    def __init__(self, folder: Path, careful: Postgres) -> None:
        self._careful = careful
        self.database = careful.url(TEMPLATE)
        self.webs = [
            Node(folder / f"web{n}", "serve --no-worker", self.database) for n in (1, 2)
        ]
        workers = [Node(folder / f"worker{n}", "worker", self.database) for n in (1, 2)]
        self.all = [*self.webs, *workers]

    async def __aenter__(self) -> Self:
        for node in self.all:
            node.start()
        await self.until_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        for node in self.all:
            if node.process is not None and node.process.poll() is None:
                node.end(signal.SIGKILL)

    async def until_up(self) -> None:
        for web in self.webs:
            await until_up(web)

    async def kill_in_turn(self, chance: random.Random) -> None:
        """Kill each twice, and the database once."""
        for turn in range(ROUNDS):
            await asyncio.sleep(chance.uniform(0.2, 0.8))
            killed = self.all[turn % len(self.all)]
            killed.end(signal.SIGKILL)
            if turn == ROUNDS // 2:
                await asyncio.to_thread(self._careful.stop)
                await asyncio.to_thread(self._careful.start)
            killed.start()
        await self.until_up()

    async def until_finished(self) -> None:
        """Wait until nothing is unfinished: leases of the killed end in a minute."""
        unfinished = "SELECT 1 FROM trigger_executions WHERE completed_at IS NULL"
        async with asyncio.timeout(150):
            while await asyncio.to_thread(asked, self.database, unfinished):
                await asyncio.sleep(0.1)


@pytest.mark.timeout(300)
async def test_killed_nodes_and_a_crashed_database_lose_nothing(
    tmp_path: Path, careful: Postgres, client: Client
) -> None:
    async with Simulator([INSTANCE]) as gateway, Nodes(tmp_path, careful) as nodes:
        first, second = (web.url for web in nodes.webs)
        hook = await a_trigger(client, first, gateway.url)
        load = Load(client, [hook, hook.replace(first, second)])
        senders = [asyncio.create_task(load.send()) for _ in range(SENDERS)]
        await nodes.kill_in_turn(random.Random(20260325))
        load.is_over = True
        await asyncio.gather(*senders)
        await nodes.until_finished()
        codes = [node.end(signal.SIGTERM) for node in nodes.all]
        shown = Counter(one.text for one in gateway.phone.shown())

    def say(query: str) -> list[tuple[Any, ...]]:
        return asked(nodes.database, query)

    assert codes == [0, 0, 0, 0]
    assert len(load.accepted) > ROUNDS
    assert [text for text in load.accepted if shown[text] != 1] == []
    assert say("SELECT DISTINCT status FROM trigger_executions") == [("completed",)]
    assert say(OUT_OF_ORDER) == []
    assert say(COUNTED) == say("SELECT count(*) FROM trigger_executions")
    assert not [node for node in nodes.all if PASSWORD in node.log()]
