"""The http action, against a real server on a real socket."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import standardwebhooks

from recado import wire
from recado.clock import SystemClock
from recado.execution.actions.action import mark_of
from recado.execution.actions.addresses import system_resolver
from recado.execution.actions.http import HttpAction
from recado.execution.classify import classify
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.outcome import Outcome
from recado.model.trigger import ActionType, Trigger
from tests.helpers.actions import EVENT, a_claimed, a_trigger, failed, succeeded
from tests.helpers.gateway_server import Drop, GatewayServer, Hang, Reply

BASE64_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Names:
    """A name service that gives one answer after the other; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        answer = self._answers[min(len(self.asked), len(self._answers)) - 1]
        if not answer:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answer


@pytest.fixture
def names() -> Names:
    return Names(["127.0.0.1"])


@pytest.fixture
async def action(names: Names) -> AsyncIterator[HttpAction]:
    action = HttpAction(clock=SystemClock(), resolver=names)
    yield action
    await action.close()


def a_http_trigger(
    payload: Any, *, secret: str | None = None, allow_private: bool = True
) -> Trigger:
    return a_trigger(
        ActionType.HTTP, payload, secret=secret, allow_private=allow_private
    )


async def run(
    action: HttpAction, payload: Any, claimed: Claimed | None = None
) -> Outcome:
    return await action.run(claimed or a_claimed(), a_http_trigger(payload))


async def test_the_event_is_posted_as_json(action: HttpAction) -> None:
    with GatewayServer([Reply(status=201, body=b"made")]) as server:
        outcome = succeeded(await run(action, f"{server.url}/in?a=1"))

    [seen] = server.seen
    assert (outcome.summary, outcome.output) == ("HTTP 201", "made")
    assert (seen.method, seen.path, seen.json) == ("POST", "/in?a=1", EVENT)
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["user-agent"].startswith("recado/")


async def test_method_headers_and_body_come_from_the_payload(
    action: HttpAction,
) -> None:
    payload = {
        "url": "@/chats/{{ event.chat | urlencode }}",
        "method": "put",
        "headers": {"X-Text": "{{ event.event_type }}", "User-Agent": "own"},
        "body": {"said": ["{{ event.text }}", 1]},
    }

    with GatewayServer([Reply()]) as server:
        payload["url"] = server.url + "/chats/{{ event.chat | urlencode }}"
        succeeded(await run(action, payload))

    [seen] = server.seen
    assert seen.method == "PUT"
    assert seen.path == "/chats/5511990000001%40s.whatsapp.net"
    assert seen.headers["x-text"] == "Message"
    assert seen.headers["user-agent"] == "own"
    assert seen.json == {"said": ["olá", 1]}


@pytest.mark.parametrize(
    ("fields", "body", "content_type"),
    [
        ({"body": "said: {{ event.text }}"}, "said: olá", "text/plain; charset=utf-8"),
        ({"method": "GET"}, "", None),
        (
            {"body": "<a/>", "headers": {"Content-Type": "text/xml"}},
            "<a/>",
            "text/xml",
        ),
    ],
)
async def test_a_body_says_what_it_is(
    action: HttpAction, fields: dict[str, Any], body: str, content_type: str | None
) -> None:
    with GatewayServer([Reply()]) as server:
        succeeded(await run(action, {"url": server.url} | fields))

    assert server.seen[0].body.decode() == body
    assert server.seen[0].headers.get("content-type") == content_type


async def test_the_key_is_the_same_over_attempts_and_replays(
    action: HttpAction,
) -> None:
    with GatewayServer([Reply()]) as server:
        for claimed in (
            a_claimed(key=None),
            a_claimed(key=None, attempt=2),
            a_claimed(key=None, id=9, root=7),
        ):
            await run(action, server.url, claimed)

    sent = [seen.headers["idempotency-key"] for seen in server.seen]
    mark = mark_of(a_http_trigger("http://any"))
    assert sent == [f"{mark}:execution-7"] * 3


async def test_the_key_of_the_event_is_the_end_of_the_request_key(
    action: HttpAction,
) -> None:
    with GatewayServer([Reply()]) as server:
        succeeded(await run(action, server.url, a_claimed(key="wamid-1")))

    mark = mark_of(a_http_trigger("http://any"))
    assert server.seen[0].headers["idempotency-key"] == f"{mark}:wamid-1"


@pytest.mark.parametrize("key", ["a\r\nX-Evil: 1", "k" * 300])
async def test_a_key_that_no_header_can_hold_is_replaced_by_its_hash(
    action: HttpAction, key: str
) -> None:
    with GatewayServer([Reply()]) as server:
        for claimed in (a_claimed(key=key), a_claimed(key=key, attempt=2)):
            succeeded(await run(action, server.url, claimed))
        succeeded(await run(action, server.url, a_claimed(key=key + "x")))

    first, again, other = (seen.headers["idempotency-key"] for seen in server.seen)
    assert re.fullmatch("3:[0-9a-f]{64}", first)
    assert first == again != other


@pytest.mark.parametrize(
    ("secret", "verifier"),
    [
        (BASE64_SECRET, standardwebhooks.Webhook(BASE64_SECRET)),
        ("plain ção", standardwebhooks.Webhook("plain ção".encode())),
        ("whsec_not base64!", standardwebhooks.Webhook(b"whsec_not base64!")),
    ],
)
async def test_a_receiver_can_verify_the_signature(
    action: HttpAction, secret: str, verifier: standardwebhooks.Webhook
) -> None:
    with GatewayServer([Reply()]) as server:
        await action.run(a_claimed(), a_http_trigger(server.url, secret=secret))

    [seen] = server.seen
    assert verifier.verify(seen.body, seen.headers) == EVENT
    assert seen.headers["webhook-id"] == seen.headers["idempotency-key"]


async def test_without_a_secret_there_is_no_signature(action: HttpAction) -> None:
    with GatewayServer([Reply()]) as server:
        await run(action, server.url)

    assert "webhook-signature" not in server.seen[0].headers


async def test_a_refusal_carries_its_facts(action: HttpAction) -> None:
    answer = Reply(status=429, body=b"slow down", headers={"Retry-After": "17"})

    with GatewayServer([answer]) as server:
        outcome = failed(await run(action, server.url))
        destination = server.url.replace("http://", "host:")

    assert (outcome.http_status, outcome.retry_after) == (429, 17.0)
    assert outcome.output == "slow down"
    assert outcome.destination == destination
    assert not outcome.may_have_acted


@pytest.mark.parametrize(
    ("status", "category", "may_have_acted"),
    [(302, "config", False), (404, "permanent", False), (500, "transient", True)],
)
async def test_the_status_decides_and_no_redirect_is_followed(
    action: HttpAction, status: int, category: str, may_have_acted: bool
) -> None:
    answer = Reply(status=status, headers={"Location": "/other"})

    with GatewayServer([answer]) as server:
        outcome = failed(await run(action, server.url))

    assert classify(outcome).value == category
    assert outcome.may_have_acted is may_have_acted
    assert len(server.seen) == 1


async def test_only_the_beginning_of_a_long_answer_is_kept(action: HttpAction) -> None:
    with GatewayServer([Reply(body=b"x" * 300_000)]) as server:
        outcome = succeeded(await run(action, server.url))

    assert outcome.output == "x" * 65_536 + "\n… the rest was left out …"


async def test_an_answer_that_breaks_off_after_its_status_was_one(
    action: HttpAction,
) -> None:
    with GatewayServer([Reply(body=b"x" * 10, cut=3)]) as server:
        outcome = succeeded(await run(action, server.url))

    assert outcome.summary == "HTTP 200"
    assert outcome.output.endswith("… here the answer broke off …")


async def test_a_server_that_is_not_there_did_not_act(action: HttpAction) -> None:
    with GatewayServer([Reply()]) as server:
        url = server.url

    outcome = failed(await run(action, url + "/?token=hidden"))

    assert classify(outcome) is Category.TRANSIENT
    assert not outcome.may_have_acted
    assert "hidden" not in repr(outcome)


@pytest.mark.parametrize("end", [Drop(), Drop(reset=True)])
async def test_a_server_that_took_the_request_may_have_acted(
    action: HttpAction, end: Drop
) -> None:
    with GatewayServer([end]) as server:
        outcome = failed(await run(action, server.url + "/?token=hidden"))

    assert classify(outcome) is Category.TRANSIENT
    assert outcome.may_have_acted
    assert "hidden" not in repr(outcome)


async def test_tls_trouble_is_a_matter_of_configuration(action: HttpAction) -> None:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        outcome = failed(await run(action, f"https://127.0.0.1:{port}/"))

    assert outcome.category is Category.CONFIG
    assert not outcome.may_have_acted


async def test_a_request_ends_at_the_time_limit(action: HttpAction) -> None:
    with GatewayServer([Hang()]) as server, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await run(action, server.url)


async def test_the_connection_goes_to_the_address_that_was_checked(
    action: HttpAction, names: Names
) -> None:
    with GatewayServer([Reply()]) as server:
        port = int(server.url.rpartition(":")[2])
        # no other name service knows this name, so a second look-up would fail
        succeeded(await run(action, f"http://Shop.invalid:{port}/"))

    assert names.asked == [("shop.invalid", port)]
    assert server.seen[0].headers["host"] == f"shop.invalid:{port}"


async def test_the_next_address_is_tried_when_nothing_answers_at_the_first() -> None:
    action = HttpAction(clock=SystemClock(), resolver=Names(["127.0.0.2", "127.0.0.1"]))

    with GatewayServer([Reply()]) as server:
        port = server.url.rpartition(":")[2]
        outcome = await run(action, f"http://shop.invalid:{port}/")

    await action.close()
    succeeded(outcome)


async def test_a_request_that_may_have_acted_goes_to_no_second_address() -> None:
    action = HttpAction(clock=SystemClock(), resolver=Names(["127.0.0.1"] * 2))

    with GatewayServer([Drop()]) as server:
        port = server.url.rpartition(":")[2]
        await run(action, f"http://shop.invalid:{port}/")

    await action.close()
    assert len(server.seen) == 1


async def test_every_attempt_is_checked_again_so_a_name_cannot_turn_private() -> None:
    names = Names(["127.0.0.1"], ["127.0.0.1"])
    action = HttpAction(clock=SystemClock(), resolver=names)

    with GatewayServer([Reply()]) as server:
        url = f"http://shop.invalid:{server.url.rpartition(':')[2]}/"
        await action.run(a_claimed(), a_http_trigger(url))
        outcome = await action.run(
            a_claimed(), a_http_trigger(url, allow_private=False)
        )

    await action.close()
    assert failed(outcome).category is Category.CONFIG
    assert "allow_private" in failed(outcome).error
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        ["10.0.0.1"],
        ["8.8.8.8", "192.168.0.1"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["::1"],
        ["fe80::1%eth0"],
        ["fd00::1"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
        ["2002:a00:1::"],
        ["nonsense"],
    ],
)
async def test_a_name_with_any_private_address_is_refused(answer: list[str]) -> None:
    action = HttpAction(clock=SystemClock(), resolver=Names(answer))
    trigger = a_http_trigger("http://shop.invalid/", allow_private=False)

    outcome = await action.run(a_claimed(), trigger)

    assert failed(outcome).category is Category.CONFIG


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "user@127.0.0.1",
    ],
)
async def test_a_private_address_in_the_url_is_refused_in_any_spelling(
    action: HttpAction, names: Names, host: str
) -> None:
    trigger = a_http_trigger(f"http://{host}/", allow_private=False)

    outcome = await action.run(a_claimed(), trigger)

    assert failed(outcome).category is Category.CONFIG
    assert names.asked == []


async def test_a_name_that_is_not_known_now_is_tried_again_later() -> None:
    action = HttpAction(clock=SystemClock(), resolver=Names([]))

    outcome = failed(await run(action, "http://shop.invalid/"))

    assert outcome.category is Category.TRANSIENT
    assert outcome.destination == "host:shop.invalid:80"
    assert not outcome.may_have_acted


async def test_the_machines_own_name_service_is_asked() -> None:
    assert "127.0.0.1" in await system_resolver("127.0.0.1", 80)


async def test_connections_are_used_again_but_only_so_many_are_kept(
    names: Names,
) -> None:
    action = HttpAction(clock=SystemClock(), resolver=names, kept=2)

    with GatewayServer([Reply()]) as server:
        port = server.url.rpartition(":")[2]
        for host in ("a", "a", "b", "c", "b", "a"):
            succeeded(await run(action, f"http://{host}.invalid:{port}/"))

    await action.close()
    assert [seen.connection for seen in server.seen] == [1, 1, 2, 3, 2, 4]


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ("shop.test/in", "http:// or https://"),
        ("ftp://shop.test/", "http:// or https://"),
        ("http://", "http:// or https://"),
        (7, "http action"),
        ({}, "http:// or https://"),
        ({"url": "http://a.test", "verb": "GET"}, "no field 'verb'"),
        ({"url": "http://a.test", "method": "TRACE"}, "method"),
        ({"url": "http://a.test", "headers": ["a"]}, "headers"),
        ({"url": "http://a.test", "headers": {"a b": "c"}}, "'a b'"),
        ({"url": "http://a.test", "headers": {"a": 1}}, "'a'"),
        ({"url": "http://a.test", "headers": {"Host": "b"}}, "set by Recado"),
        ({"url": "http://a.test", "headers": {"a": "{{ x }}"}}, "'x' is not known"),
        ({"url": "http://a.test", "body": "{{ x }}"}, "'x' is not known"),
        ({"url": "http://a.test", "body": {"a": [1, "{{ x }}"]}}, "'x' is not known"),
        ("http://a.test/{{ x }}", "'x' is not known"),
    ],
)
async def test_what_is_wrong_with_a_request_is_said_when_a_trigger_is_saved(
    action: HttpAction, payload: Any, problem: str
) -> None:
    outcome = await run(action, payload)

    assert problem in "; ".join(action.problems(payload))
    assert failed(outcome).category is Category.CONFIG


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        ("http://a.invalid/{{ event.nickname }}", "no field 'nickname'"),
        ("{{ event.text }}", "http:// or https://"),
        (
            {"url": "http://a.invalid", "headers": {"X-A": "{{ event.text }}"}},
            "X-A",
        ),
    ],
)
async def test_an_event_that_does_not_fit_is_a_lasting_failure(
    action: HttpAction, payload: Any, error: str
) -> None:
    outcome = failed(await run(action, payload))

    assert outcome.category is Category.PERMANENT
    assert error in outcome.error


async def test_the_destination_is_known_before_the_event_unless_it_depends_on_it(
    action: HttpAction,
) -> None:
    plain = a_http_trigger({"url": "https://A.test/x", "body": wire.decode("{}")})
    filled = a_http_trigger("https://{{ event.text }}.test/")

    assert action.destination(plain) == "host:a.test:443"
    assert action.destination(filled) is None
    assert action.destination(a_http_trigger("nonsense")) is None
