"""The stand-in over real sockets."""

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.response import Response

from recado import wire
from recado.simulator.deliver import Delivered
from recado.simulator.emission import Emission
from recado.simulator.faults import read_rule
from recado.simulator.instances import Instance
from recado.simulator.server import Simulator
from recado.simulator.simulation import Behaviour, Outside
from tests.helpers.clock import FakeClock
from tests.helpers.gateway_server import GatewayServer, Reply

TOKEN = "simulator-token"
HI = {"number": "5511990000001", "text": "hi", "id": "3EB0A1"}
CHAT = "5511990000001@s.whatsapp.net"
BODY = wire.encode(HI)
SEND = (
    b"POST /send/text HTTP/1.1\r\nhost: x\r\napikey: simulator-token\r\n"
    b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BODY)
) + BODY


class Naps:
    """A sleep that takes no time and keeps how long it was asked for."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def outside(naps: Naps) -> Outside:
    numbers = iter(range(10_000))
    return Outside(
        clock=FakeClock(datetime(2026, 3, 25, 20, 0, tzinfo=UTC)),
        sleep=naps,
        token=lambda count: f"{next(numbers):0{2 * count}x}",
    )


@pytest.fixture
async def simulator(outside: Outside) -> AsyncIterator[Simulator]:
    async with Simulator(outside=outside) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[Client]:
    async with ClientBuilder().no_proxy().build() as client:
        yield client


async def call(
    http: Client, method: str, url: str, body: object = None, *, key: str = TOKEN
) -> tuple[int, Any]:
    request = http.request(method, url).header("apikey", key)
    if body is not None:
        request.header("content-type", "application/json")
        request.body_bytes(wire.encode(body))
    response: Response = await request.build().send()
    raw = bytes(await response.bytes())
    return response.status, wire.decode(raw) if raw else None


@asynccontextmanager
async def connection(
    simulator: Simulator,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    port = int(simulator.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.message for each in caplog.records if each.levelno >= logging.WARNING]


# --- the gateway's routes


async def test_a_text_reaches_the_phone_and_is_answered_with_its_id(
    simulator: Simulator, http: Client
) -> None:
    status, answer = await call(http, "POST", f"{simulator.url}/send/text", HI)

    assert (status, answer["message"]) == (200, "success")
    assert answer["data"]["Info"]["ID"] == "3EB0A1"
    assert answer["data"]["Info"]["Chat"] == CHAT
    [shown] = simulator.phone.shown()
    assert (shown.instance, shown.chat, shown.text) == ("sales", CHAT, "hi")


async def test_a_text_without_an_id_gets_one_of_its_own(
    simulator: Simulator, http: Client
) -> None:
    body = {"number": "5511990000001", "text": "hi"}

    answers = [
        (await call(http, "POST", f"{simulator.url}/send/text", body))[1]
        for _ in range(2)
    ]

    ids = [answer["data"]["Info"]["ID"] for answer in answers]
    assert ids == ["3EB0000000000000000000", "3EB0000000000000000001"]
    assert len(simulator.phone.shown()) == 2


async def test_a_send_that_is_repeated_under_its_id_is_shown_once(
    simulator: Simulator, http: Client
) -> None:
    for _ in range(3):
        await call(http, "POST", f"{simulator.url}/send/text", HI)

    _, messages = await call(http, "GET", f"{simulator.url}/_simulate/messages")
    assert messages == [
        {
            "instance": "sales",
            "chat": CHAT,
            "id": "3EB0A1",
            "contents": ["hi", "hi", "hi"],
            "kind": "text",
            "content": {"extendedTextMessage": {"text": "hi", "contextInfo": {}}},
            "state": "sent",
            "deleted": False,
            "reactions": {},
            "text": "hi",
            "edited": False,
            "received": 3,
        }
    ]


@pytest.mark.parametrize("key", ["wrong", ""])
async def test_a_wrong_key_is_refused(
    simulator: Simulator, http: Client, key: str
) -> None:
    refused = await call(http, "POST", f"{simulator.url}/send/text", HI, key=key)

    assert refused == (401, {"error": "not authorized"})
    assert simulator.phone.shown() == []


async def test_an_unknown_path_is_answered_in_plain_text(
    simulator: Simulator, http: Client
) -> None:
    response = await http.get(f"{simulator.url}/send/texts").build().send()

    assert response.status == 404
    assert await response.text() == "404 page not found"


async def test_without_a_licence_only_the_liveness_route_answers(
    http: Client,
) -> None:
    async with Simulator(behaviour=Behaviour(licensed=False)) as simulator:
        refused = await call(http, "GET", f"{simulator.url}/instance/status")
        alive = await call(http, "GET", f"{simulator.url}/server/ok")

    assert (refused[0], refused[1]["code"]) == (503, "LICENSE_REQUIRED")
    assert alive == (200, {"status": "ok"})


async def test_the_status_of_an_instance_that_is_up_says_so(
    simulator: Simulator, http: Client
) -> None:
    status, answer = await call(http, "GET", f"{simulator.url}/instance/status")

    assert status == 200
    assert answer["data"] == {
        "Connected": True,
        "LoggedIn": True,
        "Name": "Sales Example",
    }


async def test_an_offline_instance_refuses_after_its_time_and_sends_nothing(
    outside: Outside, naps: Naps, http: Client
) -> None:
    behaviour = Behaviour(offline_latency=40)
    async with Simulator(outside=outside, behaviour=behaviour) as simulator:
        simulator.change("sales", online=False)

        send = await call(http, "POST", f"{simulator.url}/send/text", HI)
        status = await call(http, "GET", f"{simulator.url}/instance/status")

    assert send == (500, {"error": "client disconnected"})
    assert status == (400, {"error": "client disconnected"})
    assert naps.seconds == [40]
    assert simulator.phone.shown() == []


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (
            "5511990000000",
            "number +5511990000000@s.whatsapp.net is not registered on WhatsApp",
        ),
        (
            "5511990000099",
            "number +5511990000099@s.whatsapp.net is not registered on WhatsApp",
        ),
        (
            "5511990000001:12@s.whatsapp.net",
            "message recipient must be a user JID with no device part",
        ),
    ],
)
async def test_a_recipient_that_cannot_be_reached_is_an_error(
    http: Client, number: str, error: str
) -> None:
    behaviour = Behaviour(unregistered=frozenset({"5511990000099"}))
    async with Simulator(behaviour=behaviour) as simulator:
        url = f"{simulator.url}/send/text"
        refused = await call(http, "POST", url, HI | {"number": number})

    assert refused == (500, {"error": error})
    assert simulator.phone.shown() == []


async def test_the_delay_of_a_send_is_waited_for(
    simulator: Simulator, naps: Naps, http: Client
) -> None:
    await call(http, "POST", f"{simulator.url}/send/text", HI | {"delay": 1500})

    assert naps.seconds == [1.5]


# --- faults


async def fault(http: Client, simulator: Simulator, **rule: Any) -> None:
    status, _ = await call(http, "POST", f"{simulator.url}/_simulate/faults", rule)
    assert status == 201


@pytest.mark.parametrize(("moment", "shown"), [("before", 0), ("after", 1)])
async def test_a_dropped_connection_ends_without_a_byte(
    simulator: Simulator,
    http: Client,
    caplog: pytest.LogCaptureFixture,
    moment: str,
    shown: int,
) -> None:
    await fault(
        http, simulator, route="POST /send/text", fault={"drop": moment}, times=1
    )

    async with connection(simulator) as (reader, writer):
        writer.write(SEND)
        received = await reader.read()

    assert received == b""
    assert len(simulator.phone.shown()) == shown
    assert complaints(caplog) == []
    assert (await call(http, "POST", f"{simulator.url}/send/text", HI))[0] == 200


async def test_a_fault_can_be_any_status_and_body(
    simulator: Simulator, http: Client
) -> None:
    answer = {"status": 429, "body": {"slow": True}, "headers": {"Retry-After": "7"}}
    await fault(http, simulator, route="*", fault=answer, times=1)

    response = await http.get(f"{simulator.url}/instance/status").build().send()

    assert (response.status, response.headers["retry-after"]) == (429, "7")
    assert wire.decode(bytes(await response.bytes())) == {"slow": True}


async def test_a_fault_can_be_an_error_of_the_gateway_by_its_name(
    simulator: Simulator, http: Client
) -> None:
    await fault(http, simulator, fault={"error": "no_active_session"})

    send = await call(http, "POST", f"{simulator.url}/send/text", HI)
    status = await call(http, "GET", f"{simulator.url}/instance/status")

    assert send == (500, {"error": "no active session found"})
    assert status == (400, {"error": "no active session found"})
    assert simulator.phone.shown() == []


async def test_an_error_can_be_answered_although_the_message_went_out(
    simulator: Simulator, http: Client
) -> None:
    await fault(http, simulator, fault={"error": "ack_timeout", "after": True})

    status, _ = await call(http, "POST", f"{simulator.url}/send/text", HI)

    assert status == 500
    assert len(simulator.phone.shown()) == 1


async def test_a_latency_makes_the_true_answer_late(
    simulator: Simulator, naps: Naps, http: Client
) -> None:
    await fault(http, simulator, fault={"latency": 0.05}, times=1)

    status, _ = await call(http, "POST", f"{simulator.url}/send/text", HI)

    assert (status, naps.seconds) == (200, [0.05])


async def test_faults_end_when_they_are_cleared(
    simulator: Simulator, http: Client
) -> None:
    await fault(http, simulator, fault={"status": 500})

    await call(http, "DELETE", f"{simulator.url}/_simulate/faults")

    assert (await call(http, "POST", f"{simulator.url}/send/text", HI))[0] == 200


async def test_a_fault_that_makes_no_sense_is_answered_with_its_problems(
    simulator: Simulator, http: Client
) -> None:
    url = f"{simulator.url}/_simulate/faults"

    status, answer = await call(http, "POST", url, {"fault": {"drop": "x"}, "times": 0})

    assert status == 400
    fields = [problem["field"] for problem in answer["problems"]]
    assert fields == ["times", "fault.drop"]


async def test_a_control_body_that_is_no_json_is_refused(
    simulator: Simulator, http: Client
) -> None:
    request = http.post(f"{simulator.url}/_simulate/faults").body_text("{")

    assert (await request.build().send()).status == 400


# --- looking and resetting


async def test_the_last_requests_are_listed_without_their_keys(
    simulator: Simulator, http: Client
) -> None:
    await call(http, "POST", f"{simulator.url}/send/text", HI)
    await call(http, "GET", f"{simulator.url}/instance/status", key="secret-key")

    _, requests = await call(http, "GET", f"{simulator.url}/_simulate/requests")

    assert requests == [
        {
            "method": "POST",
            "path": "/send/text",
            "instance": "sales",
            "body": HI,
            "status": 200,
        },
        {
            "method": "GET",
            "path": "/instance/status",
            "instance": None,
            "body": None,
            "status": 401,
        },
    ]
    assert TOKEN not in str(requests)


async def test_a_reset_forgets_everything(simulator: Simulator, http: Client) -> None:
    await call(http, "POST", f"{simulator.url}/send/text", HI)
    await fault(http, simulator, fault={"status": 500})
    simulator.change("sales", online=False)

    await call(http, "POST", f"{simulator.url}/_simulate/reset")

    assert simulator.phone.shown() == []
    assert (await call(http, "POST", f"{simulator.url}/send/text", HI))[0] == 200
    _, requests = await call(http, "GET", f"{simulator.url}/_simulate/requests")
    assert len(requests) == 1


async def test_an_instance_is_taken_down_by_its_name(
    simulator: Simulator, http: Client
) -> None:
    url = f"{simulator.url}/_simulate/instances"

    status, answer = await call(http, "PATCH", f"{url}/sales", {"online": False})

    assert (status, answer["online"]) == (200, False)
    assert (await call(http, "GET", url))[1] == [answer]
    assert (await call(http, "PATCH", f"{url}/help", {"online": False}))[0] == 404
    assert (await call(http, "PATCH", f"{url}/sales", {"online": "no"}))[0] == 400


# --- webhooks


async def test_events_are_posted_as_the_gateway_does_it(simulator: Simulator) -> None:
    with GatewayServer([Reply(status=204)]) as receiver:
        delivered = await simulator.emit(
            f"{receiver.url}/hooks/x", Emission(text="Hello", count=2)
        )

    assert delivered == [Delivered(attempts=1, status=204)] * 2
    bodies = [seen.json for seen in receiver.seen]
    assert {body["event"] for body in bodies} == {"Message"}
    assert len({body["data"]["Info"]["ID"] for body in bodies}) == 2
    assert bodies[0]["instanceToken"] == TOKEN
    first = receiver.seen[0]
    assert (first.method, first.path) == ("POST", "/hooks/x")
    assert first.headers["user-agent"] == "Go-http-client/1.1"
    assert first.headers["content-type"] == "application/json"


async def test_a_repeated_event_is_the_same_byte_for_byte(
    simulator: Simulator, http: Client
) -> None:
    with GatewayServer([Reply()]) as receiver:
        status, answer = await call(
            http,
            "POST",
            f"{simulator.url}/_simulate/emit",
            {"url": receiver.url, "event": "Message", "repeat": 2, "wait": True},
        )

    assert status == 200
    assert len(answer["ids"]) == 1
    assert [seen.body for seen in receiver.seen] == [receiver.seen[0].body] * 3


async def test_an_emission_is_accepted_before_it_is_delivered(
    simulator: Simulator, http: Client
) -> None:
    with GatewayServer([Reply()]) as receiver:
        status, answer = await call(
            http,
            "POST",
            f"{simulator.url}/_simulate/emit",
            {"url": receiver.url, "event": "Receipt", "variant": "Read", "id": "3A1"},
        )
        await asyncio.to_thread(receiver.until_asked)

    assert (status, answer) == (202, {"ids": ["3A1"]})
    assert receiver.seen[0].json["data"]["MessageIDs"] == ["3A1"]


@pytest.mark.parametrize("url", [None, "", "ftp://x/", "127.0.0.1:80"])
async def test_events_go_to_http_addresses_only(
    simulator: Simulator, http: Client, url: str | None
) -> None:
    status, answer = await call(
        http, "POST", f"{simulator.url}/_simulate/emit", {"url": url}
    )

    assert (status, answer["problems"][0]["field"]) == (400, "url")


async def test_a_delivery_is_tried_again_until_it_is_taken(
    simulator: Simulator, naps: Naps
) -> None:
    with GatewayServer([Reply(status=400), Reply(status=500), Reply()]) as receiver:
        delivered = await simulator.emit(receiver.url, Emission())

    assert delivered == [Delivered(attempts=3, status=200)]
    assert naps.seconds == [30, 30]
    assert len({seen.body for seen in receiver.seen}) == 1


async def test_a_delivery_is_lost_after_five_attempts(
    simulator: Simulator, naps: Naps
) -> None:
    with GatewayServer([Reply()]) as receiver:
        nobody = receiver.url

    [delivered] = await simulator.emit(nobody, Emission())

    assert delivered == Delivered(attempts=5, status=None)
    assert not delivered.taken
    assert naps.seconds == [30] * 4


async def test_the_webhook_of_an_instance_hears_of_sends_and_of_its_session(
    outside: Outside, http: Client
) -> None:
    with GatewayServer([Reply()]) as receiver:
        instance = Instance(name="sales", token=TOKEN, webhook=receiver.url)
        async with Simulator([instance], outside=outside) as simulator:
            await call(http, "POST", f"{simulator.url}/send/text", HI)
            simulator.change("sales", online=False)
            simulator.change("sales", online=False)
            simulator.change("sales", online=True)
            await simulator.settled()

    told = {seen.json["event"]: seen.json["data"] for seen in receiver.seen}
    assert told.keys() == {"SendMessage", "Disconnected", "Connected"}
    assert len(receiver.seen) == 3
    assert told["SendMessage"]["Info"]["ID"] == "3EB0A1"


# --- coming and going


async def test_leaving_is_quick_and_quiet_whatever_is_open(
    outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    waits = asyncio.Event()

    async def for_ever(_: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    simulator = Simulator(outside=dataclasses.replace(outside, sleep=for_ever))
    async with AsyncExitStack() as stack:
        await simulator.__aenter__()
        simulator.faults.add(
            read_rule({"route": "POST /send/text", "fault": {"latency": 60}})
        )
        idle, idle_writer = await stack.enter_async_context(connection(simulator))
        idle_writer.write(b"GET /server/ok HTTP/1.1\r\nhost: x\r\n\r\n")
        await idle.readuntil(b'"ok"}')
        hanging, writer = await stack.enter_async_context(connection(simulator))
        writer.write(SEND)
        await waits.wait()
        began = time.monotonic()
        await simulator.__aexit__(None, None, None)
        took = time.monotonic() - began
        assert await hanging.read() == b""
        assert await idle.read() == b""

    assert took < 30
    assert complaints(caplog) == []


async def test_a_taken_port_is_an_error_that_leaves_nothing_behind(
    simulator: Simulator,
) -> None:
    port = int(simulator.url.rpartition(":")[2])

    with pytest.raises(OSError, match="in use"):
        await Simulator(port=port).__aenter__()
