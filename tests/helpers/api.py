"""A running server and what a test says to its API."""

import asyncio
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyreqwest.client import Client
from sqlalchemy import Connection

from recado import wire
from recado.access.keys import SHOWN, hash_of
from recado.access.roles import Role
from recado.clock import Clock
from recado.execution.actions.every import Actions
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.outcome import Failure, Outcome, Success
from recado.model.redact import Secret
from recado.model.trigger import ActionType, Trigger
from recado.observe.signals import Name, Signal
from recado.server import Server
from recado.settings import BrokerSettings, QuarantineSettings, Settings
from recado.store import keys
from tests.helpers.builders import a_new_execution
from tests.helpers.plain_http import plain_http

KEYS = {role: Secret(f"rcd_{role}-key-of-a-test") for role in Role}
HANGS = 30.0
"""Seconds after which nothing more is expected to happen."""
SECRET_KEY = Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")


class Scripted:
    """An action that does what the trigger's payload says: ``ok`` or ``fail``."""

    def problems(self, payload: object) -> list[str]:
        if isinstance(payload, str | dict):
            return []
        return ["must be a text", "must not be a number"]

    def destination(self, trigger: Trigger) -> str | None:
        return None

    async def run(self, claimed: Claimed, trigger: Trigger) -> Outcome:
        if trigger.action_payload == "fail":
            return Failure(error="the number is wrong", category=Category.PERMANENT)
        return Success(summary="done")


SCRIPTED: Actions = dict.fromkeys(ActionType, Scripted())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Happenings:
    """Counts signals, so that a test can wait for one."""

    counted: Counter[Name] = field(default_factory=Counter)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, signal: Signal) -> None:
        self.counted[signal.name] += 1
        self.changed.set()

    async def until(self, name: Name, *, times: int = 1) -> None:
        async with asyncio.timeout(HANGS):
            while self.counted[name] < times:
                self.changed.clear()
                await self.changed.wait()


class Api:
    """Speaks to a server as whoever has the key of a role."""

    def __init__(
        self, server: Server, client: Client, log: io.StringIO, happenings: Happenings
    ) -> None:
        self.server = server
        self.log = log
        self.happenings = happenings
        self._client = client

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        role: Role | None = Role.ADMIN,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        url = path if path.startswith("http") else self.server.url + path
        request = self._client.request(method, url)
        if role is not None:
            request = request.bearer_auth(KEYS[role].reveal())
        for name, value in (headers or {}).items():
            request = request.header(name, value)
        if raw is not None:
            request = request.body_bytes(raw)
        elif body is not None:
            request = request.body_bytes(wire.encode(body))
        response = await request.build().send()
        text = bytes(await response.bytes())
        names = dict(response.headers)
        is_json = names.get("content-type", "").startswith("application/json")
        return Reply(
            status=response.status,
            headers=names,
            body=wire.decode(text) if is_json and text else text,
        )

    async def get(self, path: str, *, role: Role = Role.ADMIN) -> Any:
        reply = await self.call("GET", path, role=role)
        assert reply.status == 200, reply
        return reply.body

    async def a_trigger(self, **changes: Any) -> dict[str, Any]:
        reply = await self.call("POST", "/api/triggers", a_document(**changes))
        assert reply.status == 201, reply
        trigger: dict[str, Any] = reply.body
        return trigger

    async def deliver(self, trigger: dict[str, Any], *, times: int = 1) -> None:
        """Post different events and wait until each was tried."""
        before = self.happenings.counted[Name.TRIGGER_EXECUTE]
        for number in range(times):
            event = {"event": "Message", "instanceId": "i", "n": before + number}
            reply = await self.call("POST", trigger["hook_url"], event, role=None)
            assert reply.status == 200, reply
        await self.happenings.until(Name.TRIGGER_EXECUTE, times=before + times)

    async def accept(self, trigger: dict[str, Any]) -> None:
        """Store an execution as if its event had come just before a pause."""
        services = self.server.services
        new = a_new_execution(trigger["id"], received_at=services.clock.now())
        await services.store.accept(new)
        self.server.worker.wake()

    async def a_dead_letter(self) -> dict[str, Any]:
        trigger = await self.a_trigger(action_payload="fail")
        await self.deliver(trigger)
        page = await self.get("/api/executions?limit=1")
        execution: dict[str, Any] = page["executions"][0]
        return execution


def a_document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": "greet",
        "source": "evolution_go",
        "action_type": "script",
        "action_payload": "ok",
        "settings": {"ordering": "none"},
    }
    return document | changes


class Running:
    """``async with`` gives an API with a key for each role.

    ``actions`` None means the real ones.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock | None,
        *,
        actions: Actions | None = SCRIPTED,
        quarantine_count: int = 1_000,
        database_url: str = "sqlite:///recado.db",
        with_worker: bool = True,
        brokers: BrokerSettings | None = None,
    ) -> None:
        self._log = io.StringIO()
        settings = Settings(
            data_dir=folder,
            secret_key=SECRET_KEY,
            database_url=database_url,
            port=0,
            scripts_dir=folder / "scripts",
            grace_seconds=2,
            quarantine=QuarantineSettings(count=quarantine_count),
            brokers=brokers or BrokerSettings(),
        )
        self._server = Server(
            settings,
            clock=clock,
            actions=actions,
            log_to=self._log,
            with_worker=with_worker,
        )
        self._happenings = Happenings()  # from the start: what waits comes at once
        self._server.signals.listen(self._happenings.take)

    async def __aenter__(self) -> Api:
        await self._server.__aenter__()
        await self._add_keys()
        self._client = plain_http().build()
        await self._client.__aenter__()
        return Api(self._server, self._client, self._log, self._happenings)

    async def _add_keys(self) -> None:
        """Store them in one transaction: every test waits for it."""
        services = self._server.services
        now = services.clock.now()

        def add(conn: Connection) -> None:
            for role, key in KEYS.items():
                hashed, prefix = hash_of(key), key.reveal()[:SHOWN]
                keys.create(
                    conn,
                    name=f"a {role}",
                    role=role,
                    key_hash=hashed,
                    prefix=prefix,
                    now=now,
                )

        await services.store.write(add)

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()
        await self._server.stop()
