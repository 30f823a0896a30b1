"""A node that takes deliveries, and one that runs actions."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.errors import StoreBusyError
from recado.observe.signals import Name
from recado.server import Server
from recado.settings import Settings
from tests.helpers.api import HANGS, SCRIPTED, SECRET_KEY, Api, Happenings, Running

URLS = ("hook_url", "webhook_url")


@pytest.fixture
def database() -> str:
    return "postgres"


@pytest.fixture
async def web(tmp_path: Path, database_url: str) -> AsyncIterator[Api]:
    async with Running(
        tmp_path / "web", None, database_url=database_url, with_worker=False
    ) as running:
        yield running


@pytest.fixture
async def worker(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    settings = Settings(
        data_dir=tmp_path / "worker",
        secret_key=SECRET_KEY,
        database_url=database_url,
        grace_seconds=2,
    )
    server = Server(settings, actions=SCRIPTED, log_to=io.StringIO(), with_door=False)
    async with server:
        async with asyncio.timeout(HANGS):
            await server.store._notices.is_listening.wait()  # type: ignore[attr-defined]
        yield server


async def test_what_one_node_takes_another_one_runs(web: Api, worker: Server) -> None:
    happenings = Happenings()
    worker.signals.listen(happenings.take)
    made = await web.a_trigger()

    reply = await web.call("POST", made["hook_url"], {"event": "Message"}, role=None)
    await happenings.until(Name.TRIGGER_EXECUTE)

    [execution] = (await web.get("/api/executions"))["executions"]
    assert reply.status == 200
    assert execution["status"] == "completed"
    assert worker.url == ""


async def test_a_changed_trigger_is_known_everywhere_at_once(
    web: Api, worker: Server
) -> None:
    made = await web.a_trigger()

    # long before anybody looks for changes by himself
    async with asyncio.timeout(HANGS):
        while worker.services.triggers.find(made["id"]) is None:
            await asyncio.sleep(0.01)
    known = worker.services.triggers.find(made["id"])

    assert known is not None
    assert known.name == "greet"


async def test_a_trigger_that_another_node_made_takes_its_first_delivery(
    web: Api, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Running(
        tmp_path / "other", None, database_url=database_url, with_worker=False
    ) as other:
        notices = other.server.store._notices  # type: ignore[attr-defined]
        monkeypatch.setattr(notices, "tell", lambda *_: None)
        made = await other.a_trigger()
        hook, by_id = (made[name].removeprefix(other.server.url) for name in URLS)

        replies = [
            await web.call("POST", web.server.url + path, body, role=None)
            for path, body in ((hook, {"event": "A"}), (by_id, {"event": "B"}))
        ]

    assert [reply.status for reply in replies] == [200, 200]
    rejected = await web.get(f"/api/triggers/{made['id']}/rejections")
    executions = (await web.get("/api/executions"))["executions"]
    assert len(executions) + len(rejected["rejections"]) == 2


async def test_who_looks_for_a_trigger_is_asked_to_wait_while_the_database_is_away(
    web: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise StoreBusyError("the database is away")

    monkeypatch.setattr(web.server.store, "read", fail)

    replies = [
        await web.call("POST", "/hooks/" + "a" * 22, {"event": "A"}, role=None)
        for _ in range(2)
    ]

    assert [reply.status for reply in replies] == [503, 503]
    assert replies[0].headers["retry-after"] == "5"
