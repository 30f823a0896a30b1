"""How the server ends: asked to, asked twice, and broken."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from recado.errors import ServerBrokenError
from recado.intake.receive import Intake, Received
from recado.model.execution import Claimed
from recado.model.outcome import Outcome, Success
from recado.model.status import Status
from recado.model.trigger import ActionType, Trigger
from recado.observe.signals import Name, Signal
from recado.server import Server
from recado.settings import Settings
from tests.helpers.api import SECRET_KEY
from tests.helpers.builders import a_new_execution, a_stored_trigger

WITHIN = 30.0


class Hanging:
    """An action that never ends."""

    def __init__(self) -> None:
        self.started = asyncio.Event()

    def problems(self, payload: object) -> list[str]:
        return []

    def destination(self, trigger: Trigger) -> str | None:
        return None

    async def run(self, claimed: Claimed, trigger: Trigger) -> Outcome:
        self.started.set()
        await asyncio.Event().wait()
        return Success()


def a_server(folder: Path, action: Hanging) -> tuple[Server, list[Signal]]:
    settings = Settings(
        data_dir=folder, secret_key=SECRET_KEY, port=0, grace_seconds=3_600
    )
    actions = dict.fromkeys(ActionType, action)
    server = Server(settings, actions=actions, log_to=io.StringIO())
    seen: list[Signal] = []
    server.signals.listen(seen.append)
    return server, seen


async def test_a_stop_says_its_grace_and_the_grace_can_be_ended(
    tmp_path: Path,
) -> None:
    action = Hanging()
    server, seen = a_server(tmp_path, action)
    await server.__aenter__()
    trigger = await a_stored_trigger(server.store)
    await server.services.triggers.load()
    new = a_new_execution(trigger, received_at=server.clock.now())
    stored = await server.store.accept(new)
    assert stored is not None
    server.worker.wake()
    await action.started.wait()

    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0)
    server.end_grace()
    await asyncio.wait_for(stopping, WITHIN)

    facts = {signal.name: signal.facts for signal in seen}
    assert facts[Name.SERVER_STOPPING] == {"running": 1, "grace_seconds": 3_600}
    assert facts[Name.TRIGGER_EXECUTE]["status"] is Status.PENDING
    started = facts[Name.SERVER_STARTED]
    assert started["data"] == str(tmp_path)
    assert {"version", "pid", "url"} < set(started)


async def test_nobody_waits_for_connections_that_ask_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = 0

    async def wait(*_: object, **__: object) -> None:
        nonlocal waits
        waits += 1

    server, _ = a_server(tmp_path, Hanging())
    await server.__aenter__()
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    answered = await reader.readuntil(b"\r\n")
    monkeypatch.setattr(uvicorn.Server, "shutdown", wait)

    await asyncio.wait_for(server.stop(), WITHIN)

    assert (answered, waits) == (b"HTTP/1.1 200 OK\r\n", 0)
    await asyncio.wait_for(reader.read(), WITHIN)
    assert reader.at_eof()
    writer.close()


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 2\r\n\r\n{}",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ],
    ids=["short way", "long way"],
)
async def test_a_delivery_that_is_being_stored_is_answered_before_the_end(
    framing: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = a_server(tmp_path, Hanging())
    await server.__aenter__()
    trigger = await a_stored_trigger(server.store, source="evolution_go")
    await server.services.triggers.load()
    came, may_go_on = asyncio.Event(), asyncio.Event()
    receive = Intake.receive

    async def hesitate(intake: Intake, *delivered: Any) -> Received:
        came.set()
        await may_go_on.wait()
        return await receive(intake, *delivered)

    monkeypatch.setattr(Intake, "receive", hesitate)
    host, _, port = server.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    path = f"/hooks/{trigger.hook_token.reveal()}"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: a\r\n".encode() + framing)
    await asyncio.wait_for(came.wait(), WITHIN)

    stopping = asyncio.create_task(server.stop())
    ended, _ = await asyncio.wait({stopping}, timeout=0.5)
    may_go_on.set()

    assert not ended
    assert await asyncio.wait_for(reader.readline(), WITHIN) == b"HTTP/1.1 200 OK\r\n"
    await asyncio.wait_for(stopping, WITHIN)
    writer.close()


async def test_a_server_that_cannot_take_requests_any_more_ends_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, seen = a_server(tmp_path, Hanging())
    broken = asyncio.Event()

    async def break_down(_: object) -> None:
        await broken.wait()
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("recado.web.listen.HttpServer.main_loop", break_down)
    async with server:
        broken.set()
        with pytest.raises(ServerBrokenError, match="a bug"):
            await asyncio.wait_for(server.serve_until(asyncio.Event()), WITHIN)

    names = [signal.name for signal in seen]
    assert names[-3:] == [
        Name.SERVER_FAILED,
        Name.SERVER_STOPPING,
        Name.SERVER_STOPPED,
    ]
    assert not server.worker.is_running


async def test_a_server_that_cannot_begin_to_take_requests_closes_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, seen = a_server(tmp_path, Hanging())

    async def break_down(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("uvicorn.Server.startup", break_down)
    with pytest.raises(ServerBrokenError, match="a bug"):
        await asyncio.wait_for(server.__aenter__(), WITHIN)

    assert Name.SERVER_STOPPED in [signal.name for signal in seen]
    assert not server.worker.is_running
