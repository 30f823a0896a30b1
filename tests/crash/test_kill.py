"""The server killed with SIGKILL at random moments under load; then the books."""

import asyncio
import contextlib
import random
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import RequestError

from recado import wire
from recado.simulator.envelopes import message
from recado.simulator.instances import Instance
from recado.simulator.message_content import Said
from recado.simulator.server import Simulator
from tests.helpers.builders import NOON
from tests.helpers.forked import ForkedRecado
from tests.helpers.ports import free_ports

ROUNDS = 50
SENDERS = 12
CHATS = 40
PATIENCE = timedelta(seconds=60)
KEY = "rcd_key-of-the-crash-test"
INSTANCE = Instance(name="sales", token="simulator-token")


class Killed:
    """A server process on one port and folder, started and killed again and again."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self._settings = settings
        [self.port] = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        log = self.folder / "log"
        settings = {
            "RECADO_DATA_DIR": str(self.folder),
            "RECADO_PORT": str(self.port),
            "RECADO_BOOTSTRAP_API_KEY": KEY,
            **self._settings,
        }
        self._process = ForkedRecado(["serve"], settings=settings, log=log)
        async with asyncio.timeout(60):
            while not await self._accepts():
                assert self._process.is_running, log.read_text()

    async def _accepts(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            await asyncio.sleep(0.02)
            return False
        writer.close()
        await writer.wait_closed()
        return True

    def end(self, how: int) -> int:
        return self._process.end(how)


class Books:
    """What was accepted, and what the file says while no server runs."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "recado.db"
        self.accepted: set[str] = set()
        self.completed: dict[int, tuple[int, int]] = {}
        self.ran_again: list[int] = []

    def read(self) -> None:
        """Note what is completed, and whether anything completed has changed."""
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute(
                "SELECT id, attempt_count, completed_at FROM trigger_executions "
                "WHERE status = 'completed'"
            ).fetchall()
        now = {number: (attempts, at) for number, attempts, at in rows}
        self.ran_again += [
            number for number, was in self.completed.items() if now.get(number) != was
        ]
        self.completed = now

    def statuses(self) -> Counter[str]:
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute(
                "SELECT status, count(*) FROM trigger_executions GROUP BY status"
            )
            return Counter(dict(rows.fetchall()))

    def counted(self) -> Counter[str]:
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            rows = connection.execute(
                "SELECT substr(name, 8), sum(value) FROM counters "
                "WHERE name LIKE 'status:%' GROUP BY name HAVING sum(value) <> 0"
            )
            return Counter(dict(rows.fetchall()))


class Load:
    """Senders that deliver each event until it is answered 200, like the gateway."""

    def __init__(self, client: Client, url: str, books: Books) -> None:
        self._client = client
        self._url = url
        self._books = books
        self._numbers = iter(range(10**9))

    async def send_for_ever(self) -> None:
        while True:
            number = next(self._numbers)
            text = f"message {number}"
            chat = f"55119900{number % CHATS:02}111@s.whatsapp.net"
            envelope = message(
                INSTANCE, Said(id=f"3A{number:018X}", at=NOON, chat=chat, text=text)
            )
            body = wire.encode(envelope)
            while not await self._deliver(body):
                await asyncio.sleep(0.1)
            self._books.accepted.add(text)

    async def _deliver(self, body: bytes) -> bool:
        try:
            request = self._client.post(self._url).body_bytes(body)
            response = await request.build().send()
        except RequestError:
            return False
        return response.status == 200


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with ClientBuilder().build() as opened:
        yield opened


async def a_trigger(client: Client, url: str, gateway: str, **settings: Any) -> str:
    request = client.post(f"{url}/api/triggers").bearer_auth(KEY).timeout(PATIENCE)
    # a server that is killed before it settles anything spends an attempt of all it has
    patient = {"max_attempts": 100}
    document = {
        "name": "reply",
        "source": "evolution_go",
        "action_type": "whatsapp",
        "action_payload": {"number": "{{ event.chat }}", "text": "{{ event.text }}"},
        "settings": {
            "instance": {"url": gateway, "token": INSTANCE.token},
            **patient,
            **settings,
        },
    }
    response = await request.body_bytes(wire.encode(document)).build().send()
    made: dict[str, Any] = wire.decode(bytes(await response.bytes()))
    return str(made["hook_url"])


async def finished(client: Client, url: str, wanted: int) -> None:
    async with asyncio.timeout(120):
        while True:
            request = client.get(f"{url}/api/triggers/stats").bearer_auth(KEY)
            response = await request.build().send()
            stats = wire.decode(bytes(await response.bytes()))
            if stats["by_status"]["completed"] >= wanted:
                return
            await asyncio.sleep(0.05)


@pytest.mark.timeout(900)
async def test_fifty_kills_lose_nothing_and_show_every_message_once(
    tmp_path: Path, migrated_file: Path, client: Client
) -> None:
    chance = random.Random(20260325)
    shutil.copy(migrated_file, tmp_path / "recado.db")
    server, books = Killed(tmp_path), Books(tmp_path)
    async with Simulator([INSTANCE]) as gateway:
        await server.start()
        hook = await a_trigger(client, server.url, gateway.url)
        load = Load(client, hook, books)
        senders = [asyncio.create_task(load.send_for_ever()) for _ in range(SENDERS)]
        for _ in range(ROUNDS):
            await asyncio.sleep(chance.uniform(0.02, 0.4))
            server.end(signal.SIGKILL)
            books.read()
            await server.start()
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*senders, return_exceptions=True)
        await finished(client, server.url, len(books.accepted))
        code = server.end(signal.SIGTERM)
        books.read()
        shown = Counter(one.text for one in gateway.phone.shown())

    assert code == 0
    assert len(books.accepted) > ROUNDS
    assert books.ran_again == []
    assert [text for text in books.accepted if shown[text] != 1] == []
    assert set(books.statuses()) == {"completed"}
    assert books.counted() == books.statuses()


@pytest.mark.timeout(300)
async def test_sigterm_ends_running_attempts_and_gives_the_rest_back(
    tmp_path: Path, migrated_file: Path, client: Client
) -> None:
    shutil.copy(migrated_file, tmp_path / "recado.db")
    server, books = Killed(tmp_path), Books(tmp_path)
    async with Simulator([INSTANCE]) as gateway:
        await server.start()
        hook = await a_trigger(client, server.url, gateway.url)
        sender = asyncio.create_task(Load(client, hook, books).send_for_ever())
        while len(books.accepted) < 100:
            await asyncio.sleep(0.01)
        code = await asyncio.to_thread(server.end, signal.SIGTERM)
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)

    assert code == 0
    assert set(books.statuses()) <= {"completed", "pending"}
    assert books.statuses().total() >= len(books.accepted)
