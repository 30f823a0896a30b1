"""The scripted gateway that users test with."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from recado import evolution
from recado.errors import (
    EvolutionError,
    NoAnswerError,
    ServerFaultError,
    UnreachableError,
)
from recado.evolution import testing
from recado.evolution.testing import ScriptedGateway, SeenRequest, sent

NUMBER = "5511990000001"
Send = Callable[..., Any]


def send_blocking(gateway: ScriptedGateway, **options: Any) -> Any:
    with gateway.client() as client:
        return client.send_text(NUMBER, "oi", **options)


def send_async(gateway: ScriptedGateway, **options: Any) -> Any:
    async def send() -> Any:
        async with gateway.async_client() as client:
            return await client.send_text(NUMBER, "oi", **options)

    return asyncio.run(send())


@pytest.fixture(params=[send_blocking, send_async], ids=["blocking", "coroutines"])
def send(request: pytest.FixtureRequest) -> Send:
    return request.param  # type: ignore[no-any-return]  # one of the two above


def test_a_message_is_taken_under_its_id(send: Send) -> None:
    gateway = ScriptedGateway(sent())

    message = send(gateway, id="3EB0AA")

    assert (message.id, message.chat) == ("3EB0AA", f"{NUMBER}@s.whatsapp.net")
    [request] = gateway.requests
    assert (request.method, request.path) == ("POST", "/send/text")
    assert request.json == {"number": NUMBER, "text": "oi", "id": "3EB0AA"}
    assert gateway.left == 0


def test_failures_come_in_order_and_nobody_waits(send: Send) -> None:
    gateway = ScriptedGateway(testing.unreachable(), testing.no_answer())
    gateway.then(sent("3EB0BB"))

    assert send(gateway).id == "3EB0BB"

    assert gateway.waits == [2.25, 4.25]
    assert gateway.now() == datetime(2026, 1, 1, 0, 0, 6, 500_000, tzinfo=UTC)
    assert len({request.json["id"] for request in gateway.requests}) == 1


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (testing.error(500), ServerFaultError),
        (testing.no_answer(), NoAnswerError),
        (testing.unreachable(), UnreachableError),
    ],
)
def test_a_failure_that_stays_is_raised(
    send: Send, step: testing.Step, kind: type[EvolutionError]
) -> None:
    gateway = ScriptedGateway(step, step, step)

    with pytest.raises(kind) as caught:
        send(gateway)

    assert caught.value.attempts == 3
    assert caught.value.route == "POST /send/text"


def test_a_server_that_asks_for_time_gets_it(send: Send) -> None:
    gateway = ScriptedGateway(testing.error(429, retry_after="9"), sent())

    send(gateway)

    assert gateway.waits == [9.0]


def test_a_request_too_many_fails_the_test(send: Send) -> None:
    gateway = ScriptedGateway(testing.error(500))

    with pytest.raises(AssertionError, match="no step left for POST /send/text"):
        send(gateway)


def test_a_step_of_ones_own_sees_the_request() -> None:
    def echo(request: SeenRequest) -> Any:
        return testing.answer(200, {"asked": request.path})(request)

    client = ScriptedGateway(echo).client()

    assert client.request("GET", "/instance/all") == {"asked": "/instance/all"}


def test_deadlines_can_be_tested() -> None:
    gateway = ScriptedGateway(testing.error(500), testing.error(500))
    client = gateway.client(deadline=5)

    with pytest.raises(ServerFaultError, match="deadline"):
        client.send_text(NUMBER, "oi")

    assert gateway.waits == [2.25]


def test_a_group_stays_a_group() -> None:
    client = ScriptedGateway(sent()).client()

    message = client.send_text("120363041234567890@g.us", "oi")

    assert message.chat == "120363041234567890@g.us"


def test_a_success_holds_what_it_is_given() -> None:
    data = {"Connected": True, "LoggedIn": True, "Name": "Loja"}
    client = ScriptedGateway(testing.success(data)).client()

    assert client.instance_status().ready


def test_a_query_is_no_part_of_a_calls_name() -> None:
    client = ScriptedGateway(testing.error(404)).client()

    with pytest.raises(EvolutionError) as caught:
        client.request("GET", "/polls/list?token=hush")

    assert caught.value.route == "GET /polls/list"
    assert "hush" not in str(caught.value)


def test_the_package_gives_what_it_names() -> None:
    given = {name: getattr(evolution, name) for name in evolution.__all__}

    assert all(value.__name__ == name for name, value in given.items())
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = evolution.nonsense
