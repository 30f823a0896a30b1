"""The door on a real socket: however the bytes of a delivery come, it is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from recado import wire
from recado.intake.receive import Intake, Received
from recado.observe.signals import Name
from recado.web import door
from recado.web.door import DeliveryProtocol
from recado.web.listen import HttpServer
from recado.web.webhooks import Webhooks
from tests.helpers.api import Api, Running
from tests.helpers.clock import FakeClock

BODY = wire.encode({"event": "Message", "text": "Oi"})


@pytest.fixture
async def api(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> AsyncIterator[Api]:
    async with Running(tmp_path, clock, database_url=database_url) as running:
        yield running


class Line:
    """One connection, and what is said on it byte by byte."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.name = writer.get_extra_info("sockname")

    async def say(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def hear(self) -> tuple[int, dict[str, str], Any]:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split()[1]), headers, wire.decode(body) if body else None

    async def is_closed(self) -> bool:
        return await self._reader.read(1) == b""


@asynccontextmanager
async def line_to(api: Api) -> AsyncIterator[Line]:
    address = urlsplit(api.server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    async with asyncio.timeout(30):
        yield Line(reader, writer)
    writer.close()
    await writer.wait_closed()


async def _path(api: Api) -> str:
    made = await api.a_trigger(source="evolution_go")
    return urlsplit(str(made["hook_url"])).path


def _head(path: str, *lines: str, version: str = "1.1", method: str = "POST") -> bytes:
    every = [f"{method} {path} HTTP/{version}", "Host: x", *lines, "", ""]
    return "\r\n".join(every).encode()


def _length(body: bytes = BODY) -> str:
    return f"Content-Length: {len(body)}"


async def _executions(api: Api) -> int:
    listed = await api.call("GET", "/api/executions")
    return len(listed.body["executions"])


async def _other_bodies(count: int) -> list[bytes]:
    return [wire.encode({"event": "Message", "n": n}) for n in range(count)]


async def test_a_delivery_in_one_piece(api: Api) -> None:
    path = await _path(api)

    async with line_to(api) as line:
        await line.say(_head(path, _length()) + BODY)
        answer = await line.hear()

    assert (answer[0], answer[2]) == (200, {"status": "ok"})
    assert answer[1]["content-type"] == "application/json"
    assert await _executions(api) == 1


@pytest.mark.parametrize("at", [1, 30, -len(BODY), -len(BODY) + 1, -1])
async def test_a_delivery_in_two_pieces(at: int, api: Api) -> None:
    path = await _path(api)
    whole = _head(path, _length()) + BODY

    async with line_to(api) as line:
        await line.say(whole[:at])
        await _passed_on(api)
        await line.say(whole[at:])
        answer = await line.hear()

    assert answer[0] == 200
    assert await _executions(api) == 1


async def test_a_delivery_byte_by_byte(api: Api) -> None:
    path = await _path(api)

    async with line_to(api) as line:
        for byte in _head(path, _length()) + BODY:
            await line.say(bytes([byte]))
            await asyncio.sleep(0)
        answer = await line.hear()

    assert answer[0] == 200
    assert await _executions(api) == 1


async def test_one_connection_takes_many(api: Api) -> None:
    path = await _path(api)

    async with line_to(api) as line:
        answers = []
        for body in await _other_bodies(5):
            await line.say(_head(path, _length(body)) + body)
            answers.append((await line.hear())[0])
        await line.say(_head("/healthz", method="GET"))
        answers.append((await line.hear())[0])
        await line.say(_head(path, _length()) + BODY)
        answers.append((await line.hear())[0])

    assert answers == [200] * 7
    assert await _executions(api) == 6


async def test_deliveries_one_behind_the_other_are_answered_in_order(api: Api) -> None:
    path = await _path(api)
    bodies = await _other_bodies(3)

    async with line_to(api) as line:
        await line.say(
            _head(path, _length(bodies[0]))
            + bodies[0]
            + _head("/hooks/none", _length(bodies[1]))
            + bodies[1]
            + _head(path, _length(bodies[2]))
            + bodies[2]
            + _head("/healthz", method="GET")
        )
        answers = [(await line.hear())[0] for _ in range(4)]

    assert answers == [200, 404, 200, 200]
    assert await _executions(api) == 2


@pytest.mark.parametrize(
    ("lines", "content"),
    [
        (["Transfer-Encoding: chunked"], b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)),
        ([_length(), "Expect: 100-continue"], None),
        ([_length(b" " * 90_000 + BODY)], b" " * 90_000 + BODY),
    ],
    ids=["chunked", "expect", "large"],
)
async def test_an_unusual_body_is_taken_too(
    lines: list[str], content: bytes | None, api: Api
) -> None:
    path = await _path(api)

    async with line_to(api) as line:
        await line.say(_head(path, *lines))
        if content is None:
            assert (await line.hear())[0] == 100
        await line.say(content or BODY)
        answer = await line.hear()

    assert answer[0] == 200
    assert await _executions(api) == 1


@pytest.mark.parametrize(
    ("version", "lines"),
    [
        ("1.0", []),
        ("1.0", ["Connection: keep-alive"]),
        ("1.0", ["Proxy-Connection: keep-alive"]),
        ("1.1", ["Connection: close"]),
    ],
)
async def test_a_connection_that_is_not_to_be_kept_is_closed(
    version: str, lines: list[str], api: Api
) -> None:
    path = await _path(api)

    async with line_to(api) as line:
        await _passed_on(api)
        # else the timer for idle ones would close it
        _protocol_of(line, api).timeout_keep_alive = 3_600
        await line.say(_head(path, _length(), *lines, version=version) + BODY)
        answer = await line.hear()
        closed = await line.is_closed()

    assert answer[0] == 200
    assert closed


async def test_a_path_is_read_as_the_web_reads_it(api: Api) -> None:
    path = await _path(api)
    spelt = path.replace("/hooks/", "/%68ooks/")
    bodies = await _other_bodies(3)

    async with line_to(api) as line:
        answers = []
        for address, body in zip((spelt, f"{path}?a=b", f"{path}/x"), bodies):  # noqa: B905
            await line.say(_head(address, _length(body)) + body)
            answers.append((await line.hear())[0])

    assert answers == [200] * 3
    assert await _executions(api) == 3


async def test_addresses_of_strangers_are_not_remembered(api: Api) -> None:
    remembered = door._path_of_delivery.cache_info().currsize

    async with line_to(api) as line:
        await line.say(_head(f"/hooks/{'x' * 20_000}", _length()) + BODY)
        long = (await line.hear())[0]
        await line.say(_head("/api/executions?cursor=1", method="GET"))
        other = (await line.hear())[0]

    assert (long, other) == (404, 401)
    assert door._path_of_delivery.cache_info().currsize == remembered


@pytest.mark.parametrize(
    "endless", [b"x-many: 1\r\n" * 1_000, b"x" * 11_000], ids=["many", "long"]
)
async def test_headers_without_an_end_are_refused(api: Api, endless: bytes) -> None:
    async with line_to(api) as line:
        await line.say(b"POST /hooks/x HTTP/1.1\r\nHost: x\r\nx-first: ")
        for _ in range(6):  # 66,000 bytes
            await line.say(endless)
        status, headers, answer = await line.hear()

        assert (status, answer["error"]) == (431, "too_large")
        assert headers["connection"] == "close"
        assert await line.is_closed()


async def test_large_bodies_one_after_the_other_are_no_large_head(api: Api) -> None:
    path = await _path(api)
    async with line_to(api) as line:
        for number in range(4):
            body = wire.encode({"event": "Message", "n": number, "x": "x" * 60_000})
            await line.say(_head(path, _length(body)) + body)

            assert (await line.hear())[0] == 200


async def test_a_sender_that_hangs_up_early_loses_nothing(api: Api) -> None:
    path = await _path(api)

    async with line_to(api) as line:
        await line.say(_head(path, _length()) + BODY)
    await api.happenings.until(Name.TRIGGER_WEBHOOK)

    assert await _executions(api) == 1


async def test_a_delivery_may_wait_for_more_than_its_commit(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await _path(api)
    receive = Intake.receive

    async def hesitate(intake: Intake, *delivered: Any) -> Received:
        await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(None, int)
        return await receive(intake, *delivered)

    monkeypatch.setattr(Intake, "receive", hesitate)
    async with line_to(api) as line:
        await line.say(_head(path, _length()) + BODY)

        assert (await line.hear())[0] == 200
    assert await _executions(api) == 1


@pytest.mark.parametrize(("where", "what"), [(Intake, "receive"), (Webhooks, "_find")])
async def test_an_error_that_nobody_foresaw_is_answered_and_logged(
    where: type, what: str, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await _path(api)

    def break_down(*_: Any) -> None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(where, what, break_down)
    async with line_to(api) as line:
        await line.say(_head(path, _length()) + BODY)
        status, _, body = await line.hear()

    assert (status, body["error"]) == (500, "internal")
    assert "nobody foresaw this" in api.log.getvalue()


async def test_an_idle_connection_is_closed_and_a_busy_one_is_not(api: Api) -> None:
    path = await _path(api)
    now = asyncio.get_running_loop().time

    async with line_to(api) as line:
        answers = []
        for body in await _other_bodies(6):
            await line.say(_head(path, _length(body)) + body)
            answers.append((await line.hear())[0])
            _look_whether_idle(_protocol_of(line, api), patience=30.0)
        protocol = _protocol_of(line, api)
        idle_since = protocol._heard_at
        _look_whether_idle(protocol, patience=0.2)
        closed = await line.is_closed()

    assert answers == [200] * 6
    assert closed
    assert now() - idle_since >= 0.2


def _protocol_of(line: Line, api: Api) -> DeliveryProtocol:
    assert isinstance(api.server._http, HttpServer)
    for protocol in api.server._http.server_state.connections:
        if isinstance(protocol, DeliveryProtocol) and protocol.client == line.name:
            return protocol
    raise AssertionError("the connection is not there")


def _look_whether_idle(protocol: DeliveryProtocol, *, patience: float) -> None:
    """Let the timer of an earlier answer fire now."""
    protocol.timeout_keep_alive = patience  # type: ignore[assignment]  # it may be less than one
    assert protocol.timeout_keep_alive_task is not None
    protocol.timeout_keep_alive_task.cancel()
    protocol.timeout_keep_alive_handler()


async def _passed_on(api: Api) -> None:
    """Let the server read what was written: it answers another question later."""
    assert (await api.call("GET", "/healthz")).status == 200
