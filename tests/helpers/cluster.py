"""Nodes of one PostgreSQL as processes, senders that load them, and the books."""

import asyncio
import contextlib
import signal
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

import psycopg
from pyreqwest.client import Client
from pyreqwest.exceptions import RequestError

from recado import wire
from recado.observe.signals import Name
from recado.simulator.envelopes import message
from recado.simulator.instances import Instance
from recado.simulator.message_content import Said
from recado.simulator.phone import Phone
from tests.helpers.builders import NOON
from tests.helpers.forked import ForkedRecado
from tests.helpers.ports import free_ports

KEY = "rcd_key-of-the-crash-test"
SECRET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
INSTANCE = Instance(name="sales", token="simulator-token")
CHATS = 40
SENDERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a node runs: in which ``network``, None for the test's own.

    ``database`` is the URL that it has there.
    """

    database: str
    address: str = "127.0.0.1"
    network: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


class Node:
    """A process of one kind on one port, killed and started again."""

    def __init__(self, folder: Path, words: str, place: Place, *, lease: float) -> None:
        folder.mkdir()
        self.words = words
        self._folder, self._place, self._lease = folder, place, lease
        [self._port] = free_ports(1)
        self.url = f"http://{place.address}:{self._port}"
        self._process: ForkedRecado | None = None
        self._lives = 0

    def start(self) -> None:
        self._lives = self._starts()
        # Leases end before a test does: otherwise what a killed worker had in hand
        # comes back a minute later.
        self._process = ForkedRecado(
            self.words.split(),
            settings={
                "RECADO_DATA_DIR": str(self._folder),
                "RECADO_DATABASE_URL": self._place.database,
                "RECADO_SECRET_KEY": SECRET_KEY,
                "RECADO_HOST": self._place.address,
                "RECADO_PORT": str(self._port),
                "RECADO_BOOTSTRAP_API_KEY": KEY,
                "RECADO_GRACE_SECONDS": "2",
                # few in hand, so that all of them are sent long before a lease ends
                "RECADO_CONCURRENCY": "8",
                **self._place.settings,
            },
            log=self._folder / "log",
            network=self._place.network,
            lease=self._lease,
        )

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    def end(self, how: int) -> int:
        assert self._process is not None
        return self._process.end(how)

    def log(self) -> str:
        return (self._folder / "log").read_text()

    @property
    def is_up(self) -> bool:
        """Whether it has started: before that, a signal to stop just ends it."""
        return self.is_running and self._starts() > self._lives

    def _starts(self) -> int:
        log = self._folder / "log"
        return log.read_text().count(Name.SERVER_STARTED) if log.exists() else 0


class Cluster:
    """Web nodes and workers. ``places`` are taken in turn."""

    def __init__(
        self,
        folder: Path,
        places: Sequence[Place],
        *,
        webs: int,
        workers: int,
        lease: float,
    ) -> None:
        kinds = ["serve --no-worker"] * webs + ["worker"] * workers
        self.nodes = [
            Node(
                folder / f"{words[:5]}{n}", words, places[n % len(places)], lease=lease
            )
            for n, words in enumerate(kinds)
        ]
        self.webs, self.workers = self.nodes[:webs], self.nodes[webs:]

    async def __aenter__(self) -> Self:
        await self.until_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        for node in self.nodes:
            if node.is_running:
                node.end(signal.SIGKILL)

    async def until_up(self) -> None:
        async with asyncio.timeout(120):
            while not all(node.is_up for node in self.nodes):
                self.start_what_ended()
                await asyncio.sleep(0.02)

    def start_what_ended(self) -> None:
        """Do as a supervisor: a node that finds no database at its start ends."""
        for node in self.nodes:
            if not node.is_running:
                node.start()

    def stop(self) -> list[int]:
        """Ask each to stop, one after the other, and return their exit codes."""
        return [node.end(signal.SIGTERM) for node in self.nodes]


class Load(Protocol):
    """Events on their way in; ``accepted`` are the texts that count."""

    @property
    def accepted(self) -> set[str]: ...
    def start(self) -> None: ...
    async def stop(self) -> None: ...


class Senders:
    """Deliver each event to one node after the other until one answers 200."""

    def __init__(self, client: Client, urls: list[str]) -> None:
        self._client = client
        self._urls = urls
        self._numbers = iter(range(10**9))
        self._tasks: list[asyncio.Task[None]] = []
        self._are_to_stop = False
        self.accepted: set[str] = set()
        self.refused = 0

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._send()) for _ in range(SENDERS)]

    async def stop(self) -> None:
        """Let each end the delivery it is at."""
        self._are_to_stop = True
        await asyncio.gather(*self._tasks)

    async def _send(self) -> None:
        while not self._are_to_stop:
            number = next(self._numbers)
            text = f"message {number}"
            chat = f"55119900{number % CHATS:02}111@s.whatsapp.net"
            said = Said(id=f"3A{number:018X}", at=NOON, chat=chat, text=text)
            body = wire.encode(message(INSTANCE, said))
            tries = 0
            while not await self._deliver(self._urls[(number + tries) % 2], body):
                tries += 1
                await asyncio.sleep(0.02)
            self.refused += tries
            self.accepted.add(text)

    async def _deliver(self, url: str, body: bytes) -> bool:
        try:
            request = self._client.post(url).body_bytes(body)
            return (await request.build().send()).status == 200
        except RequestError:
            return False


def ask(database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(query.encode()).fetchall()


FINISHED = "SELECT count(completed_at), count(*) FROM trigger_executions"
COMPLETED = """
SELECT x.id, x.attempt_count, x.completed_at, e.document
FROM trigger_executions AS x JOIN events AS e ON e.id = x.root_id
WHERE x.status = 'completed' ORDER BY x.id
"""


class Books:
    """What the database and the phone say, read again and again under load."""

    def __init__(self, database: str, phone: Phone) -> None:
        self._database = database
        self._phone = phone
        self._completed: dict[int, tuple[Any, ...]] = {}
        self.ran_again: list[tuple[Any, ...]] = []

    async def read(self) -> None:
        """Note what is completed; what was before must not have changed since."""
        rows = await asyncio.to_thread(ask, self._database, COMPLETED)
        received = {one.text: one.received for one in self._phone.shown()}
        now = {
            number: (attempts, at, received[text_of(document)])
            for number, attempts, at, document in rows
        }
        self.ran_again += [
            (number, was, now.get(number))
            for number, was in self._completed.items()
            if now.get(number) != was
        ]
        self._completed = now

    async def read_for_ever(self) -> None:
        while True:
            with contextlib.suppress(psycopg.OperationalError):  # it is restarted
                await self.read()
            await asyncio.sleep(0.3)

    async def until_finished(self, many: int) -> None:
        """Return when so many are there, and all that are there are completed."""
        async with asyncio.timeout(150):
            while True:
                [(finished, stored)] = await asyncio.to_thread(
                    ask, self._database, FINISHED
                )
                if finished == stored >= many:
                    return await self.read()
                await asyncio.sleep(0.1)

    def stored_in_order(self) -> dict[str, list[str]]:
        """Return the texts of each chat in the order in which they were accepted."""
        return _by_chat(text_of(row[3]) for row in ask(self._database, COMPLETED))

    def shown_in_order(self) -> dict[str, list[str]]:
        """Return the texts of each chat in the order in which the phone shows them."""
        return _by_chat(one.text for one in self._phone.shown())


def text_of(document: bytes) -> str:
    text: str = wire.decode(document)["data"]["Message"]["conversation"]
    return text


def _by_chat(texts: Any) -> dict[str, list[str]]:
    chats = defaultdict(list)
    for text in texts:
        chats[f"chat {int(text.split()[1]) % CHATS}"].append(text)
    return dict(chats)
