"""The open door: what it reads, for how long, and how much at a time."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recado import wire
from recado.web.bodies import Bodies
from recado.web.webhooks import Webhooks
from tests.helpers.api import Api, Running
from tests.helpers.clock import FakeClock

MIB = 1_048_576
UNKNOWN = "/api/triggers/webhook/99"


@pytest.fixture
async def api(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> AsyncIterator[Api]:
    async with Running(tmp_path, clock, database_url=database_url) as running:
        yield running


class Door:
    """The application as a server calls it, with bodies in the parts we choose."""

    def __init__(self, api: Api, bodies: Bodies) -> None:
        services = api.server.services
        self._app = Webhooks(
            _nothing,
            triggers=services.triggers,
            intake=services.intake,
            clock=services.clock,
            signals=services.signals,
            bodies=bodies,
        )

    async def post(
        self,
        path: str,
        parts: Iterator[bytes],
        *,
        length: int | None = None,
        between: Callable[[], Any] | None = None,
    ) -> tuple[int, dict[bytes, bytes], Any]:
        sent: list[Any] = []

        async def receive() -> Any:
            if between is not None:
                await between()
            part = next(parts, None)
            return {
                "type": "http.request",
                "body": part or b"",
                "more_body": part is not None,
            }

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [] if length is None else [(b"content-length", b"%d" % length)]
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers}
        await self._app(scope, receive, send)
        return sent[0]["status"], dict(sent[0]["headers"]), wire.decode(sent[1]["body"])


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("not a delivery")


def _zeros(count: int) -> Iterator[bytes]:
    return (bytes(MIB) for _ in range(count))


def _path_of(made: dict[str, Any]) -> str:
    return "/hooks/" + str(made["hook_url"]).rsplit("/", 1)[1]


async def test_the_body_for_an_unknown_id_is_not_kept(api: Api) -> None:
    door = Door(api, Bodies())

    tracemalloc.start()
    small = await door.post(UNKNOWN, _zeros(9))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    large = await door.post(UNKNOWN, _zeros(11))

    assert small[0] == 200
    assert large[0] == 413
    assert peak < 4 * MIB


async def test_above_the_budget_bodies_are_refused_until_there_is_room(
    api: Api,
) -> None:
    made = await api.a_trigger(source="custom")
    bodies = Bodies(limit=3 * MIB)
    door = Door(api, bodies)
    gate = asyncio.Event()
    path = _path_of(made)
    started = _Paused(bytes(2 * MIB), gate)
    holding = asyncio.create_task(
        door.post(path, started.parts(), between=started.wait)
    )
    await started.taken.wait()
    refused = await door.post(path, _zeros(2))
    unknown = await door.post(UNKNOWN, _zeros(2))
    small = await door.post(path, iter([b"{}"]))
    gate.set()
    held = await holding
    after = await door.post(path, _zeros(2))

    assert (refused[0], refused[2]["error"]) == (503, "unavailable")
    assert int(refused[1][b"retry-after"]) > 0
    assert refused[1][b"connection"] == b"close"
    assert unknown[0] == 503
    assert [held[0], after[0]] == [401, 401]
    assert small[0] == 401
    assert bodies.in_flight == 0


async def test_a_body_that_could_not_be_read_leaves_a_note(api: Api) -> None:
    made = await api.a_trigger(source="custom")
    path = _path_of(made)
    full = Door(api, Bodies(limit=MIB))
    slow = Door(api, Bodies(patience=0.01))

    await full.post(path, _zeros(2))
    await slow.post(path, iter([]), between=asyncio.Event().wait)

    page = await api.get(f"/api/triggers/{made['id']}/rejections")
    assert [one["reason"] for one in page["rejections"]] == [
        "the body did not come in time",
        "too many bytes of other bodies are in flight",
    ]
    assert [one["quarantined"] for one in page["rejections"]] == [False, False]
    counted = await api.get(f"/api/triggers/{made['id']}/deliveries")
    assert counted["rejected"] == 2


class _Paused:
    """Parts of which the last waits for a gate."""

    def __init__(self, part: bytes, gate: asyncio.Event) -> None:
        self._part = part
        self._gate = gate
        self.taken = asyncio.Event()
        self._asked = 0

    def parts(self) -> Iterator[bytes]:
        yield self._part

    async def wait(self) -> None:
        self._asked += 1
        if self._asked > 1:
            self.taken.set()
            await self._gate.wait()


@pytest.mark.parametrize("parts", [[], [b"{"], [bytes(MIB)]])
@pytest.mark.parametrize("length", [2, 2 * MIB, None])
async def test_a_body_that_does_not_come_is_refused_in_time(
    parts: list[bytes], length: int | None, api: Api
) -> None:
    made = await api.a_trigger()
    bodies = Bodies(patience=0.01)
    door = Door(api, bodies)

    for path in (_path_of(made), UNKNOWN):
        left = iter(parts)
        never = asyncio.Event()
        asked = 0

        async def stall(never: asyncio.Event = never) -> None:
            nonlocal asked
            asked += 1
            if asked > len(parts):
                await never.wait()

        status, headers, body = await door.post(
            path, left, length=length, between=stall
        )

        assert (status, body["error"]) == (408, "too_slow")
        assert headers[b"connection"] == b"close"
    assert bodies.in_flight == 0


async def test_a_large_body_in_one_part_is_stored_and_forgotten(api: Api) -> None:
    made = await api.a_trigger()
    bodies = Bodies()
    event = wire.encode({"event": "Message", "text": "x" * MIB})

    status, _, _ = await Door(api, bodies).post(_path_of(made), iter([event]))

    assert status == 200
    assert bodies.in_flight == 0
