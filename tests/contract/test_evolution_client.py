"""What both clients promise, on a real socket."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from recado.errors import (
    EvolutionError,
    MisconfiguredError,
    NoAnswerError,
    RefusedError,
    ServerFaultError,
    SettingsError,
    ThrottledError,
    UnreachableError,
)
from recado.evolution import AsyncEvolutionGo, EvolutionGo, RetryPolicy
from recado.evolution.async_client import AsyncOutside
from recado.evolution.commands.interactive import Button, SendButtons
from recado.evolution.http_transport import (
    AsyncHttpTransport,
    Gateway,
    HttpTransport,
)
from recado.evolution.message_id import message_id
from recado.evolution.transport import Answer, Auth, Request
from recado.model.redact import Secret
from tests.helpers.both_clients import KEY, Bench
from tests.helpers.gateway_server import (
    Drop,
    GatewayServer,
    Hang,
    Reply,
    Step,
    error_reply,
    json_reply,
    sent_reply,
)
from tests.helpers.ports import free_ports

NUMBER = "5511990000001"
FAULT = error_reply(500)
UNNAMED = SendButtons(
    number=NUMBER,
    title="oi",
    description="?",
    footer="-",
    buttons=[Button(type="reply", display_text="sim")],
)


def free_port_url() -> str:
    [port] = free_ports(1)
    return f"http://127.0.0.1:{port}"


async def test_a_text_goes_out_with_its_key_and_id(bench: Bench) -> None:
    client, seen = bench.pair(sent_reply("3EB0AA"))

    sent = await client.send_text("+55 11 99000-0001", "olá", id="3EB0AA")

    [request] = seen
    assert (request.method, request.path) == ("POST", "/send/text")
    assert request.headers["apikey"] == KEY
    assert request.headers["content-type"] == "application/json"
    assert request.json == {"number": NUMBER, "text": "olá", "id": "3EB0AA"}
    assert (sent.id, sent.chat) == ("3EB0AA", "5511990000001@s.whatsapp.net")
    assert client.heard == []


async def test_three_faults_are_three_attempts_and_the_last_is_raised(
    bench: Bench,
) -> None:
    client, seen = bench.pair(FAULT, FAULT, error_reply(502, "third"))

    with pytest.raises(ServerFaultError) as caught:
        await client.send_text(NUMBER, "oi")

    assert caught.value.attempts == len(seen) == 3
    assert caught.value.status == 502
    assert client.waits == [2.25, 4.25]


async def test_two_faults_and_an_answer_are_a_result_after_two_waits(
    bench: Bench,
) -> None:
    client, seen = bench.pair(FAULT, FAULT, sent_reply())

    sent = await client.send_text(NUMBER, "oi")

    assert sent.id == "3EB0C0FFEE00112233AA55"
    assert client.waits == [2.25, 4.25]
    assert len({request.json["id"] for request in seen}) == 1
    assert [each.delay_s for each in client.heard] == [2.25, 4.25]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error_reply(400, "message body is required"), RefusedError),
        (error_reply(400, "client disconnected"), EvolutionError),
        (error_reply(401, "not authorized"), MisconfiguredError),
        (error_reply(404, "?"), MisconfiguredError),
        (
            error_reply(500, f"number {NUMBER} is not registered on WhatsApp"),
            RefusedError,
        ),
        (error_reply(500, "invalid media type"), RefusedError),
        (error_reply(503, "service not activated"), MisconfiguredError),
        (Reply(status=307, headers={"location": "/elsewhere"}), MisconfiguredError),
    ],
)
async def test_what_will_fail_again_is_tried_once(
    bench: Bench, reply: Reply, kind: type[EvolutionError]
) -> None:
    client, seen = bench.pair(reply)

    with pytest.raises(kind) as caught:
        await client.send_text(NUMBER, "oi")

    assert caught.value.attempts == len(seen) == 1
    assert client.waits == []


async def test_a_refused_connection_is_tried_three_times(bench: Bench) -> None:
    client = bench.client(free_port_url())

    with pytest.raises(UnreachableError, match="no connection") as caught:
        await client.call(UNNAMED)  # nothing was sent, so even this may be repeated

    assert caught.value.attempts == 3
    assert not caught.value.may_have_acted
    assert client.waits == [2.25, 4.25]


async def test_a_host_that_nobody_knows_is_unreachable(bench: Bench) -> None:
    client = bench.client("http://gateway.invalid", retry=RetryPolicy(max_attempts=1))

    with pytest.raises(UnreachableError):
        await client.request("GET", "/server/ok")


async def test_a_server_that_asks_for_time_gets_it(bench: Bench) -> None:
    client, seen = bench.pair(error_reply(429, retry_after="30"), sent_reply())

    await client.send_text(NUMBER, "oi")

    assert client.waits == [30.0]
    assert len(seen) == 2


async def test_a_throttling_server_is_asked_three_times(bench: Bench) -> None:
    client, seen = bench.pair(error_reply(429, retry_after="3600"))

    with pytest.raises(ThrottledError):
        await client.send_text(NUMBER, "oi")

    assert client.waits == [60.0, 60.0]
    assert len(seen) == 3


@pytest.mark.parametrize(
    "lost", [Drop(), Drop(reset=True), Reply(body=b"x" * 20, cut=4)]
)
async def test_a_lost_answer_is_asked_for_again_under_the_same_id(
    bench: Bench, lost: Step
) -> None:
    client, seen = bench.pair(lost, sent_reply())

    await client.send_text(NUMBER, "oi")

    first, second = seen
    assert first.json["id"] == second.json["id"]
    assert first.json["id"].startswith("3EB0")


@pytest.mark.parametrize(
    "lost",
    [Drop(), Drop(reset=True), Reply(body=b"x" * 20, cut=4), Reply(status=502)],
)
async def test_an_unnamed_send_with_a_lost_answer_is_not_repeated(
    bench: Bench, lost: Step
) -> None:
    client, seen = bench.pair(lost)

    with pytest.raises(EvolutionError) as caught:
        await client.call(UNNAMED)

    assert caught.value.may_have_acted
    assert caught.value.attempts == len(seen) == 1


@pytest.mark.parametrize("lost", [Drop(), Drop(reset=True)])
async def test_a_reused_connection_that_drops_is_no_answer_and_no_hidden_repeat(
    bench: Bench, lost: Drop
) -> None:
    client, seen = bench.pair(sent_reply(), lost)
    await client.call(UNNAMED)

    with pytest.raises(NoAnswerError):
        await client.call(UNNAMED)

    assert [request.connection for request in seen] == [1, 1]


async def test_a_key_of_ones_own_gives_the_id_in_every_run(bench: Bench) -> None:
    server = bench.server(sent_reply())

    for _ in range(2):
        client = bench.client(server.url, instance="shop")
        await client.send_text(NUMBER, "oi", idempotency_key="order-17")

    chat = f"{NUMBER}@s.whatsapp.net"
    expected = message_id("order-17", instance="shop", chat=chat)
    assert [request.json["id"] for request in server.seen] == [expected, expected]


async def test_two_sends_without_a_key_have_two_ids(bench: Bench) -> None:
    client, seen = bench.pair(sent_reply())

    await client.send_text(NUMBER, "oi")
    await client.send_text(NUMBER, "oi")

    assert len({request.json["id"] for request in seen}) == 2


async def test_nonsense_is_refused_before_anything_is_sent(bench: Bench) -> None:
    client, seen = bench.pair(sent_reply())

    with pytest.raises(ValueError, match="maria"):
        await client.send_text("maria", "oi")

    assert seen == []


async def test_a_status_can_be_asked_for(bench: Bench) -> None:
    data = {"Connected": True, "LoggedIn": True, "Name": "Loja"}
    client, seen = bench.pair(json_reply(200, {"message": "success", "data": data}))

    status = await client.instance_status()

    assert status.ready
    assert (seen[0].method, seen[0].path) == ("GET", "/instance/status")
    assert seen[0].body == b""


async def test_any_route_can_be_called_with_either_key(bench: Bench) -> None:
    client, seen = bench.pair(json_reply(200, [1]), admin_key="admin-hush")

    assert await client.request("GET", "/instance/all", admin=True) == [1]
    assert await client.request("POST", "/label/list", json={"a": 1}) == [1]

    assert [request.headers["apikey"] for request in seen] == ["admin-hush", KEY]
    assert seen[1].json == {"a": 1}


async def test_without_an_admin_key_the_only_key_is_used(bench: Bench) -> None:
    client, seen = bench.pair(json_reply(200, []))

    await client.request("GET", "/instance/all", admin=True)

    assert seen[0].headers["apikey"] == KEY


async def test_an_address_may_have_a_path(bench: Bench) -> None:
    server = bench.server(json_reply(200, []))
    client = bench.client(f"{server.url}/gateway/")

    await client.request("GET", "/instance/all")

    assert server.seen[0].path == "/gateway/instance/all"


async def test_something_that_speaks_no_trusted_tls_is_a_wrong_setting(
    bench: Bench, tmp_path: Path
) -> None:
    client = bench.client(bench.server(sent_reply(), tls=own_tls(tmp_path)).url)

    with pytest.raises(MisconfiguredError, match="certificate") as caught:
        await client.send_text(NUMBER, "oi")

    assert caught.value.attempts == 1
    assert not caught.value.may_have_acted


async def test_a_closed_client_says_so(bench: Bench) -> None:
    client, _ = bench.pair(sent_reply())
    await client.close()

    with pytest.raises(RuntimeError, match="closed"):
        await client.send_text(NUMBER, "oi")


async def test_a_call_under_way_when_the_client_closes_may_have_acted() -> None:
    once = RetryPolicy(max_attempts=1)
    with GatewayServer([Hang()]) as server:
        client = AsyncEvolutionGo(server.url, KEY, retry=once)
        call = asyncio.ensure_future(client.send_text(NUMBER, "oi"))
        await asyncio.to_thread(server.until_asked)

        await client.close()

        with pytest.raises(NoAnswerError):
            await call


async def test_a_cancelled_call_ends_at_once() -> None:
    with GatewayServer([Hang()]) as server:
        async with AsyncEvolutionGo(server.url, KEY) as client:
            call = asyncio.ensure_future(client.send_text(NUMBER, "oi"))
            await asyncio.to_thread(server.until_asked)

            call.cancel()

            with pytest.raises(asyncio.CancelledError):
                await call


async def test_no_error_and_no_repr_shows_the_key(bench: Bench) -> None:
    client = bench.client(free_port_url(), retry=RetryPolicy(max_attempts=1))

    with pytest.raises(UnreachableError) as caught:
        await client.send_text(NUMBER, "oi")

    shown = [repr(client.__dict__), str(caught.value), repr(caught.value.__dict__)]
    shown += [repr(caught.value.__cause__)]
    assert not any("hush" in text for text in shown)


@pytest.mark.parametrize("kind", [EvolutionGo, AsyncEvolutionGo])
async def test_the_environment_can_set_a_client_up(
    kind: type[EvolutionGo | AsyncEvolutionGo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVOLUTION_GO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("EVOLUTION_GO_KEY", "hush")

    client = kind.from_env()

    assert repr(client) == f"<{kind.__name__}>"
    with pytest.raises(SettingsError, match="EVOLUTION_GO_KEY"):
        kind.from_env({"EVOLUTION_GO_URL": "http://127.0.0.1:9"})


async def test_the_asynchronous_client_really_sleeps_by_itself() -> None:
    await AsyncOutside().sleep(0)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gateway:8080",
        "ftp://h",
        "http://",
        "http://h/?q=1",
        "http://h/#a",
        "http://h /",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base_url must be an address"):
        EvolutionGo(url, "k")


@pytest.mark.parametrize("key", ["", "a b", "chavé", "a\nb"])
def test_what_is_no_key_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match=r"^api_key must not be empty"):
        EvolutionGo("http://h", key)
    with pytest.raises(ValueError, match=r"^admin_key must not be empty"):
        AsyncEvolutionGo("http://h", Secret("k"), admin_key=Secret(key))


Sender = Callable[..., Awaitable[Answer]]


@pytest.fixture(params=["blocking", "coroutines"])
async def send(request: pytest.FixtureRequest) -> AsyncIterator[Sender]:
    """One request through a transport; both limits are seconds."""
    async with AsyncExitStack() as stack:

        async def go(url: str, *, connect: float = 30, read: float = 30) -> Answer:
            one = Request(
                method="POST",
                path="/x",
                route="POST /x",
                auth=Auth.INSTANCE,
                body=b"{}",
                read_timeout=read,
            )
            gateway = Gateway(base_url=url, api_key=Secret("k"))
            if request.param == "coroutines":
                transport = AsyncHttpTransport(gateway, connect_timeout=connect)
                stack.push_async_callback(transport.close)
                return await transport.send(one)
            blocking = HttpTransport(gateway, connect_timeout=connect)
            stack.callback(blocking.close)
            return blocking.send(one)

        yield go


async def test_silence_after_the_request_is_no_answer(
    send: Sender,
) -> None:
    with GatewayServer([Hang()]) as server:
        with pytest.raises(NoAnswerError) as caught:
            # it waits for both together; the system connects in no time
            await send(server.url, connect=5, read=1)

        assert caught.value.may_have_acted
        server.until_asked()


async def test_silence_before_the_request_is_unreachable(
    send: Sender,
) -> None:
    # takes the connection and never answers the TLS greeting
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(UnreachableError),
    ):
        await send(f"https://127.0.0.1:{listener.getsockname()[1]}", connect=0.05)


async def test_words_that_are_no_http_are_no_answer(
    send: Sender,
) -> None:
    with (
        GatewayServer([Reply(status=200, headers={"bad\r\n\x00": ""})]) as server,
        pytest.raises(NoAnswerError),
    ):
        await send(server.url)


async def test_an_answer_comes_back_whole(send: Sender) -> None:
    reply = Reply(status=418, body=b"tea", headers={"X-Pot": "big"})
    with GatewayServer([reply]) as server:
        answer = await send(server.url)

    assert (answer.status, answer.body) == (418, b"tea")
    assert answer.headers["x-pot"] == "big"


def own_tls(folder: Path) -> ssl.SSLContext:
    """A server side with a certificate that nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context
