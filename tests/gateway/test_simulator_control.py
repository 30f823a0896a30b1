"""The control routes, the flags and the thread: how a test gets hold of it."""

import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from pyreqwest.client import Client, ClientBuilder

from recado import wire
from recado.cli import simulate as command
from recado.evolution import EvolutionGo, RetryPolicy
from recado.simulator.background import BackgroundSimulator
from recado.simulator.emission import Emission
from recado.simulator.fault_text import rule_from_text
from recado.simulator.faults import Faults, read_rule
from recado.simulator.instances import Instance
from recado.simulator.server import Simulator
from recado.simulator.simulation import Behaviour
from tests.helpers.gateway_server import GatewayServer, Reply

ALICE = "5511990000001"
ALICE_JID = f"{ALICE}@s.whatsapp.net"
TOKEN = "simulator-token"


@pytest.fixture
async def http() -> AsyncIterator[Client]:
    async with ClientBuilder().no_proxy().build() as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[GatewayServer]:
    with GatewayServer([Reply()]) as server:
        yield server


@pytest.fixture
async def simulator(receiver: GatewayServer) -> AsyncIterator[Simulator]:
    instances = [
        Instance(name="sales", token=TOKEN, webhook=receiver.url),
        Instance(name="help", token="help-token"),
    ]
    async with Simulator(instances) as running:
        yield running


async def call(
    http: Client, method: str, url: str, body: object = None, *, key: str = TOKEN
) -> tuple[int, Any]:
    request = http.request(method, url).header("apikey", key)
    if body is not None:
        request.body_bytes(wire.encode(body)).header("content-type", "application/json")
    response = await request.build().send()
    raw = bytes(await response.bytes())
    return response.status, wire.decode(raw) if raw else None


async def send(
    http: Client, simulator: Simulator, path: str = "text", **body: Any
) -> tuple[int, Any]:
    whole = {"number": ALICE, "text": "hi", "id": "3EB0A1"} | body
    return await call(http, "POST", f"{simulator.url}/send/{path}", whole)


def told(receiver: GatewayServer) -> list[tuple[str, str]]:
    return [(seen.json["event"], seen.json.get("state", "")) for seen in receiver.seen]


# --- the other side


async def test_a_recipient_reads_and_the_webhook_hears_of_it(
    simulator: Simulator, http: Client, receiver: GatewayServer
) -> None:
    control = f"{simulator.url}/_simulate"
    await send(http, simulator)
    await send(http, simulator, id="3EB0A2")

    one = {"number": ALICE, "ids": ["3EB0A1"], "state": "Delivered"}
    got = await call(http, "POST", f"{control}/receipts", one)
    read = await call(http, "POST", f"{control}/receipts", {"number": ALICE})
    late = await call(http, "POST", f"{control}/receipts", one)
    nobody = await call(http, "POST", f"{control}/receipts", {"number": "5511"})
    await simulator.settled()

    assert (got, read) == (
        (200, {"ids": ["3EB0A1"]}),
        (200, {"ids": ["3EB0A1", "3EB0A2"]}),
    )
    assert (late[0], nobody[0]) == (200, 404)
    _, messages = await call(http, "GET", f"{control}/messages?chat={ALICE_JID}")
    assert [each["state"] for each in messages] == ["read", "read"]
    assert told(receiver).count(("Receipt", "Read")) == 1
    assert told(receiver).count(("Receipt", "Delivered")) == 2


async def test_a_vote_is_counted_once_per_voter(
    simulator: Simulator, http: Client, receiver: GatewayServer
) -> None:
    control = f"{simulator.url}/_simulate"
    await send(http, simulator, "poll", question="q", options=["a", "b"])
    vote = {"poll": "3EB0A1", "options": ["a"]}

    for options in (["a"], ["b"]):
        await call(http, "POST", f"{control}/votes", vote | {"options": options})
    other = await call(http, "POST", f"{control}/votes", vote | {"number": "5511999"})
    wrong = await call(http, "POST", f"{control}/votes", vote | {"options": ["c"]})
    unknown = await call(http, "POST", f"{control}/votes", vote | {"poll": "x"})
    _, results = await call(http, "GET", f"{simulator.url}/polls/3EB0A1/results")
    await simulator.settled()

    assert other[0] == 201
    assert (wrong[0], wrong[1]["problems"][0]["field"]) == (400, "options")
    assert unknown[0] == 404
    assert results["totalVotes"] == 2
    assert sorted(results["optionCounts"].values()) == [1, 1]
    assert told(receiver).count(("Message", "")) == 3


async def test_what_is_said_goes_to_the_webhook_that_subscribed(
    simulator: Simulator, http: Client, receiver: GatewayServer
) -> None:
    control = f"{simulator.url}/_simulate"
    said = {"event": "Message", "text": "Hello", "name": "Bob", "wait": True}

    answer = await call(http, "POST", f"{control}/emit", said)
    nowhere = await call(http, "POST", f"{control}/emit", said | {"instance": "help"})
    subscription = {"webhookUrl": receiver.url, "subscribe": ["CALL"]}
    await call(http, "POST", f"{simulator.url}/instance/connect", subscription)
    unheard = await call(http, "POST", f"{control}/emit", said)
    direct = await simulator.emit(None, Emission())

    assert (answer[0], answer[1]["deliveries"][0]["status"]) == (200, 200)
    assert (nowhere[0], nowhere[1]["problems"][0]["field"]) == (400, "url")
    assert unheard == (200, {"ids": [], "deliveries": []})
    assert direct == []
    assert len(receiver.seen) == 1
    _, contacts = await call(http, "GET", f"{simulator.url}/user/contacts")
    assert contacts["data"][0]["PushName"] in ("Bob", "Alice Example")


@pytest.mark.parametrize(
    ("route", "body", "field"),
    [
        ("POST receipts", {"number": 5}, "number"),
        ("POST receipts", {"number": "x"}, "number"),
        ("POST receipts", {"number": ALICE, "state": "Seen"}, "state"),
        ("POST receipts", {"number": ALICE, "id": "x"}, "id"),
        ("POST votes", {"poll": "x"}, "options"),
        ("PATCH licence", {"active": "no"}, "active"),
        ("POST faults", {"fault": {"latency": 1}, "skip": -1}, "skip"),
        ("POST faults", {"fault": {"latency": 1}, "instance": 5}, "instance"),
        ("POST emit", {"url": "http://x", "about": 5}, "about"),
    ],
)
async def test_a_request_that_makes_no_sense_is_explained(
    simulator: Simulator, http: Client, route: str, body: Any, field: str
) -> None:
    method, _, path = route.partition(" ")

    status, answer = await call(http, method, f"{simulator.url}/_simulate/{path}", body)

    assert (status, answer["problems"][0]["field"]) == (400, field)


async def test_who_is_named_must_be_there(simulator: Simulator, http: Client) -> None:
    control = f"{simulator.url}/_simulate"
    nobody = {"instance": "nobody", "number": ALICE}

    assert (await call(http, "GET", f"{control}/instances/nobody"))[0] == 404
    assert (await call(http, "POST", f"{control}/receipts", nobody))[0] == 404


async def test_the_state_of_an_instance_and_its_reactions_are_shown_without_keys(
    simulator: Simulator, http: Client
) -> None:
    url, react = simulator.url, {"number": ALICE_JID, "id": "3A1", "reaction": "👍"}
    await call(http, "POST", f"{url}/chat/pin", {"chat": ALICE_JID})
    await call(http, "POST", f"{url}/message/react", react)

    _, instance = await call(http, "GET", f"{url}/_simulate/instances/sales")
    _, reactions = await call(http, "GET", f"{url}/_simulate/reactions")

    assert instance["chats"][ALICE_JID]["pinned"]
    assert TOKEN not in str(instance)
    assert reactions == [
        {"instance": "sales", "chat": ALICE_JID, "id": "3A1", "reaction": "👍"}
    ]


async def test_the_licence_is_taken_and_given_back(
    simulator: Simulator, http: Client
) -> None:
    licence = f"{simulator.url}/_simulate/licence"

    await call(http, "PATCH", licence, {"active": False})
    refused = await send(http, simulator)
    await call(http, "PATCH", licence, {"active": True})

    assert (refused[0], refused[1]["code"]) == (503, "LICENSE_REQUIRED")
    assert (await send(http, simulator))[0] == 200


async def test_when_all_instances_are_gone_nobody_is_meant(
    simulator: Simulator, http: Client
) -> None:
    for instance in list(simulator.instances):
        path = f"/instance/delete/{instance.id}"
        key = simulator.behaviour.admin_key
        await call(http, "DELETE", simulator.url + path, key=key)

    answer = await call(
        http, "POST", f"{simulator.url}/_simulate/emit", {"url": "http://127.0.0.1:1"}
    )

    assert answer == (404, {"error": "there is no instance left"})


async def test_a_file_is_sent_as_a_form(simulator: Simulator, http: Client) -> None:
    def form(**fields: str) -> bytes:
        parts = [
            f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        return "".join(parts).encode()

    png = b"\x89PNG\r\n\x1a\n\r\n--not the end"
    file = (
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + png + b"\r\n--B--\r\n"
    )

    async def post(body: bytes) -> tuple[int, Any]:
        request = http.post(f"{simulator.url}/send/media").header("apikey", TOKEN)
        request.header("content-type", "multipart/form-data; boundary=B")
        response = await request.body_bytes(body).build().send()
        return response.status, wire.decode(bytes(await response.bytes()))

    named = {"number": ALICE, "type": "image", "caption": "c", "id": "3EB0F1"}
    sent = await post(form(**named) + file)
    refused = [
        await post(form(**fields) + file)
        for fields in (
            {"type": "image"},
            {"number": ALICE},
            named | {"delay": "1.5"},
            named | {"delay": str(2**31)},
            named | {"type": "ptv"},
            named | {"type": "video"},
        )
    ]
    without = await post(form(**named) + b"--B--\r\n")
    broken = await post(b"nothing")

    body = sent[1]["data"]["Message"]["imageMessage"]
    assert (sent[0], body["caption"], body["fileLength"]) == (200, "c", len(png))
    assert body["mimetype"] == "image/png"
    assert sent[1]["data"]["Info"]["ID"] == "3EB0F1"
    assert [(status, answer["error"]) for status, answer in refused] == [
        (400, "phone number is required"),
        (400, "media type is required"),
        (400, "invalid delay"),
        (400, "invalid delay"),
        (500, "invalid media type"),
        (500, "Invalid file format: 'image/png'. Only 'video/mp4' is accepted"),
    ]
    assert without == (400, {"error": "file is required"})
    assert broken == (400, {"error": "phone number is required"})
    [shown] = simulator.phone.shown()
    assert shown.id == "3EB0F1"
    requests = await call(http, "GET", f"{simulator.url}/_simulate/requests")
    assert requests[1][0]["body"].startswith("a form of ")


# --- faults


@pytest.mark.parametrize(
    ("route", "meets"),
    [
        ("*", True),
        ("GET /instance/info/:instanceId", True),
        ("GET /instance/info/1", True),
        ("GET /instance/*", True),
        ("GET /instance/info/2", False),
        ("POST /instance/*", False),
        ("GET /instance/info/:instanceId/more", False),
    ],
)
async def test_a_fault_is_for_a_route_or_for_many(
    simulator: Simulator, http: Client, route: str, *, meets: bool
) -> None:
    simulator.faults.add(read_rule({"route": route, "fault": {"status": 599}}))

    status, _ = await call(http, "GET", f"{simulator.url}/instance/info/1")

    assert (status == 599) == meets


async def test_a_fault_is_for_one_instance_after_some_requests_went_well(
    simulator: Simulator, http: Client
) -> None:
    rule = {
        "route": "GET /instance/status",
        "instance": "sales",
        "skip": 1,
        "times": 1,
        "fault": {"error": "client_disconnected"},
    }
    await call(http, "POST", f"{simulator.url}/_simulate/faults", rule)
    _, listed = await call(http, "GET", f"{simulator.url}/_simulate/faults")
    url = f"{simulator.url}/instance/status"

    other = [(await call(http, "GET", url, key="help-token"))[0] for _ in range(3)]
    own = [(await call(http, "GET", url))[0] for _ in range(3)]

    assert listed == [rule | {"match": {}}]
    assert other == [200, 200, 200]
    assert own == [200, 400, 200]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("*=502", {"route": "*", "fault": {"status": 502}}),
        ("POST /send/*=1.5s", {"route": "POST /send/*", "fault": {"latency": 1.5}}),
        (
            "GET /instance/info/:instanceId=drop-after:2",
            {
                "route": "GET /instance/info/:instanceId",
                "fault": {"drop": "after"},
                "times": 2,
            },
        ),
        ("*=panic:1", {"route": "*", "fault": {"error": "panic"}, "times": 1}),
    ],
)
def test_a_fault_can_be_written_on_one_line(text: str, rule: dict[str, Any]) -> None:
    assert rule_from_text(text) == read_rule(rule)


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ("POST /send/txt", "did you mean POST /send/text?"),
        ("post /send/text", "did you mean POST /send/text?"),
        ("GET /nowhere/*", "no route of the gateway is GET /nowhere/*"),
    ],
)
def test_a_fault_that_no_request_would_meet_is_refused(route: str, told: str) -> None:
    with pytest.raises(ValueError, match="ROUTE=WHAT") as refused:
        rule_from_text(f"{route}=500")

    assert told in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "*", "*=", "=500", "*=no_such_error", "*=500:", "*=500:0", "*=5:x"]
)
def test_a_line_that_is_no_fault_is_explained(text: str) -> None:
    with pytest.raises(ValueError, match="ROUTE=WHAT"):
        rule_from_text(text)


def test_the_faults_of_the_start_come_back_with_a_reset() -> None:
    faults = Faults([rule_from_text("*=500:1")])
    faults.clear()
    assert list(faults) == []

    faults.reset()

    assert [rule.route for rule in faults] == ["*"]


# --- flags


def test_flags_become_behaviour(monkeypatch: pytest.MonkeyPatch) -> None:
    served: dict[str, Any] = {}
    monkeypatch.setattr(
        command, "serve", lambda instances, **more: served.update(more, at=instances)
    )
    arguments = [
        *("--instance", "sales:a", "--instance", "help:b", "--offline", "help"),
        *("--admin-key", "k", "--receipts", "read", "--offline-latency", "40"),
        *("--unregistered", "551199", "--unlicensed", "--webhook-pause", "0"),
        *("--webhook", "http://127.0.0.1:1/", "--fault", "*=500:2"),
    ]

    result = CliRunner().invoke(command.simulate, arguments)

    assert result.exit_code == 0, result.output
    assert [one.online for one in served["at"]] == [True, False]
    assert served["behaviour"] == Behaviour(
        licensed=False,
        admin_key="k",
        receipts="read",
        offline_latency=40,
        unregistered=frozenset({"551199"}),
        webhook_pause=0,
        faults=(rule_from_text("*=500:2"),),
    )


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--fault", "nothing"], "ROUTE=WHAT"),
        (["--offline", "nobody"], "no instance nobody"),
        (["--admin-key", "simulator-token"], "cannot be that of an instance"),
        (["--receipts", "seen"], "delivered"),
    ],
)
def test_a_flag_that_makes_no_sense_is_explained(
    arguments: list[str], hint: str
) -> None:
    result = CliRunner().invoke(command.simulate, ["--port", "0", *arguments])

    assert result.exit_code == 2
    assert hint in result.output


# --- the thread


def test_a_test_without_a_loop_has_it_in_a_thread(receiver: GatewayServer) -> None:
    with BackgroundSimulator() as background:
        background.change("sales", webhook=receiver.url)
        background.fail("POST /send/text=502:1")
        with EvolutionGo(
            background.url, background.token, retry=RetryPolicy(base_delay=0, jitter=0)
        ) as client:
            client.send_text(ALICE, "hi")
        background.settle()
        [delivered] = background.emit(Emission(text="Hello"))
        [shown] = background.shown()
        background.reset()
        after = background.shown()

    assert (shown.text, shown.received) == ("hi", 1)
    assert delivered.taken
    assert [event for event, _ in told(receiver)] == ["SendMessage", "Message"]
    assert after == []


def test_a_thread_that_cannot_listen_says_so_and_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        background = BackgroundSimulator(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            background.__enter__()

    assert not background._thread.is_alive()
