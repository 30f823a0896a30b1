"""LISTEN and NOTIFY: what one process tells the others.

A notice is a hint that there is something to look at. Who waits for what is due is
called every ``LOOK_EVERY`` too, and whoever waits for anything once a second while
nobody can be heard, and when somebody can be heard again.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from psycopg import AsyncConnection

from recado.store.protocol import Topic

CHANNEL = "recado"
LOOK_EVERY = 5.0  # seconds
LOOK_EVERY_WHEN_DEAF = 1.0
BETWEEN_NOTICES = 0.005
"""Seconds between two notices of one process, so that a flood is told as one."""

Connect = Callable[[], Awaitable[AsyncConnection[Any]]]
Sleep = Callable[[float], Awaitable[None]]


class Notices:
    """Tells, and listens, on a connection for each. Belongs to one event loop."""

    def __init__(self, connect: Connect, *, name: str, sleep: Sleep) -> None:
        self._connect = connect
        self._name = name
        self._sleep = sleep
        self._takers: defaultdict[Topic, list[Callable[[], None]]] = defaultdict(list)
        self._to_tell: set[Topic] = set()
        self._has_news = asyncio.Event()
        self.is_listening = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._listen_for_ever(), name="recado-listen"),
            asyncio.create_task(self._tell_for_ever(), name="recado-tell"),
        ]

    def listen(self, topic: Topic, take: Callable[[], None]) -> None:
        """Call ``take`` when another process tells of a topic, and now and then."""
        self._takers[topic].append(take)

    def tell(self, topic: Topic) -> None:
        """Tell the others, soon; never waits."""
        self._to_tell.add(topic)
        self._has_news.set()

    async def close(self) -> None:
        """Stop telling and listening."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _tell_for_ever(self) -> None:
        connection: AsyncConnection[Any] | None = None
        try:
            while True:
                await self._has_news.wait()
                self._has_news.clear()
                topics, self._to_tell = self._to_tell, set()
                try:
                    connection = connection or await self._connect()
                    await self._notify(connection, topics)
                except psycopg.Error:
                    # the others look by themselves while it cannot be told
                    await _close(connection)
                    connection = None
                    await self._sleep(LOOK_EVERY_WHEN_DEAF)
                await self._sleep(BETWEEN_NOTICES)
        finally:
            await _close(connection)

    async def _notify(
        self, connection: AsyncConnection[Any], topics: set[Topic]
    ) -> None:
        for topic in sorted(topics):
            said = f"{topic} {self._name}"
            await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, said))

    async def _listen_for_ever(self) -> None:
        while True:
            connection: AsyncConnection[Any] | None = None
            with contextlib.suppress(psycopg.Error):
                try:
                    connection = await self._connect()
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.is_listening.set()
                    self._call(*Topic)  # for what was told meanwhile
                    await self._take_from(connection)
                finally:
                    self.is_listening.clear()
                    await _close(connection)
            self._call(*Topic)
            await self._sleep(LOOK_EVERY_WHEN_DEAF)

    async def _take_from(self, connection: AsyncConnection[Any]) -> None:
        while True:
            notices = connection.notifies(timeout=LOOK_EVERY, stop_after=1)
            topics = {said for said in [one.payload async for one in notices] if said}
            if topics:
                self._call(*map(_topic, filter(self._is_of_another, topics)))
            else:
                await connection.execute("SELECT 1")  # raises if nobody is there
                self._call(Topic.DUE)

    def _is_of_another(self, said: str) -> bool:
        return said.partition(" ")[2] != self._name

    def _call(self, *topics: Topic | None) -> None:
        for topic in topics:
            for take in self._takers[topic] if topic else ():
                take()


def _topic(said: str) -> Topic | None:
    """Return what was told; None for a topic of a later version."""
    word = said.partition(" ")[0]
    return Topic(word) if word in set(Topic) else None


async def _close(connection: AsyncConnection[Any] | None) -> None:
    if connection is not None:
        await connection.close()
