"""What both clients may be told about their calls, on a real socket."""

from typing import Any

import pytest

from recado.errors import EvolutionError, NoAnswerError, ServerFaultError
from recado.evolution import FailedTry, FinishedCall, RetryPolicy
from recado.evolution.commands.interactive import Button, SendButtons
from recado.evolution.options import CallSettings, Options
from tests.helpers.both_clients import Bench
from tests.helpers.gateway_server import Drop, Hang, error_reply, json_reply, sent_reply

NUMBER = "5511990000001"
FAULT = error_reply(500)
ONCE = RetryPolicy(max_attempts=1)
UNNAMED = SendButtons(
    number=NUMBER,
    title="oi",
    description="?",
    footer="-",
    buttons=[Button(type="reply", display_text="sim")],
)


def test_every_option_has_a_default() -> None:
    assert set(Options.__annotations__) == set(CallSettings.__dataclass_fields__)


async def test_other_options_are_for_the_other_client_only(bench: Bench) -> None:
    client, seen = bench.pair(FAULT)
    hurried = client.with_options(retry=ONCE)

    with pytest.raises(ServerFaultError) as once:
        await hurried.send_text(NUMBER, "oi")
    with pytest.raises(ServerFaultError) as thrice:
        await client.send_text(NUMBER, "oi")

    assert (once.value.attempts, thrice.value.attempts) == (1, 3)
    assert len(seen) == 4


async def test_what_is_not_given_stays(bench: Bench) -> None:
    client, seen = bench.pair(sent_reply(), instance="shop", retry=ONCE)

    await client.send_text(NUMBER, "oi", idempotency_key="order-17")
    other = client.with_options(deadline=60)
    await other.send_text(NUMBER, "oi", idempotency_key="order-17")
    await other.with_options(instance="depot").send_text(
        NUMBER, "oi", idempotency_key="order-17"
    )

    first, second, third = (request.json["id"] for request in seen)
    assert first == second != third


async def test_clients_with_other_options_share_the_connection(bench: Bench) -> None:
    client, seen = bench.pair(sent_reply())

    await client.send_text(NUMBER, "oi")
    await client.with_options(retry=ONCE).send_text(NUMBER, "oi")

    assert [request.connection for request in seen] == [1, 1]


async def test_only_the_first_client_closes_the_connections(bench: Bench) -> None:
    client, seen = bench.pair(sent_reply())
    other = client.with_options(retry=ONCE)

    await other.close()
    await client.send_text(NUMBER, "oi")
    await client.close()

    with pytest.raises(RuntimeError, match="closed"):
        await other.send_text(NUMBER, "oi")
    assert len(seen) == 1


@pytest.mark.parametrize("name", ["timeout", "deadline"])
@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
async def test_a_time_that_is_none_is_refused_by_name(
    bench: Bench, name: str, seconds: float
) -> None:
    options: dict[str, Any] = {name: seconds}
    client, _ = bench.pair(sent_reply())

    with pytest.raises(ValueError, match=f"^{name} must be > 0"):
        bench.client("http://127.0.0.1:9", **options)
    with pytest.raises(ValueError, match=f"^{name} must be > 0"):
        client.with_options(**options)


async def test_an_option_that_does_not_exist_is_refused(bench: Bench) -> None:
    with pytest.raises(TypeError, match="retries"):
        bench.client("http://127.0.0.1:9", retries=3)


async def test_a_timeout_of_ones_own_ends_the_wait_for_an_answer(bench: Bench) -> None:
    server = bench.server(sent_reply(), Hang())
    client = bench.client(server.url)
    await client.send_text(NUMBER, "oi")  # no time goes into connecting then

    with pytest.raises(NoAnswerError) as caught:
        await client.with_options(timeout=0.2).call(UNNAMED)

    assert not caught.value.deadline_reached
    server.until_asked(times=2)


async def test_a_deadline_ends_a_try_that_hangs(bench: Bench) -> None:
    server = bench.server(sent_reply(), Hang())
    client = bench.client(server.url)
    await client.send_text(NUMBER, "oi")  # no time goes into connecting then

    with pytest.raises(NoAnswerError, match="deadline left no time") as caught:
        await client.with_options(deadline=0.2).send_text(NUMBER, "oi")

    server.until_asked(times=2)
    assert caught.value.deadline_reached
    assert caught.value.may_have_acted
    assert caught.value.attempts == 1
    assert client.waits == []


async def test_a_deadline_leaves_the_last_failures_facts(bench: Bench) -> None:
    slow = RetryPolicy(base_delay=60, max_delay=60)
    client, seen = bench.pair(error_reply(502, "bad"), retry=slow, deadline=50)

    with pytest.raises(ServerFaultError) as caught:
        await client.send_text(NUMBER, "oi")

    error = caught.value
    assert error.deadline_reached
    assert str(error).endswith("the call's deadline left no time for another try")
    assert (error.status, error.body) == (502, {"error": "bad"})
    assert (error.route, error.category) == ("POST /send/text", "transient")
    assert error.attempts == len(seen) == 1


async def test_a_call_that_lost_its_answer_once_may_have_acted_in_the_end(
    bench: Bench,
) -> None:
    client, _ = bench.pair(Drop(), error_reply(400, "message body is required"))

    with pytest.raises(EvolutionError, match="HTTP 400") as caught:
        await client.send_text(NUMBER, "oi")

    assert caught.value.may_have_acted
    assert caught.value.attempts == 2


async def test_an_error_shows_no_secret_of_the_body(bench: Bench) -> None:
    body = {"error": "?", "data": {"instanceToken": "hush", "apikey": "hush"}}
    client, _ = bench.pair(json_reply(400, body))

    with pytest.raises(EvolutionError) as caught:
        await client.send_text(NUMBER, "oi")

    assert "hush" not in repr(caught.value.body)
    assert "hush" not in str(caught.value)


async def test_an_unlicensed_gateway_says_where_to_activate_it(bench: Bench) -> None:
    body = {
        "error": "service not activated",
        "code": "LICENSE_REQUIRED",
        "register_url": "https://licence.example/register",
    }
    client, seen = bench.pair(json_reply(503, body))

    with pytest.raises(EvolutionError, match=r"https://licence\.example") as caught:
        await client.send_text(NUMBER, "oi")

    assert caught.value.category == "config"
    assert caught.value.attempts == len(seen) == 1


async def test_who_counts_hears_of_tries_and_calls(bench: Bench) -> None:
    tries: list[FailedTry] = []
    calls: list[FinishedCall] = []
    client, _ = bench.pair(
        FAULT, sent_reply(), on_failed_try=tries.append, on_call=calls.append
    )

    await client.send_text(NUMBER, "oi")

    assert [failed.error.status for failed in tries] == [500]
    [call] = calls
    assert (call.route, call.attempts, call.error) == ("POST /send/text", 2, None)
    assert call.seconds >= 0


async def test_nobody_hears_of_a_failed_try_when_none_is_to(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    client, _ = bench.pair(FAULT, sent_reply(), on_failed_try=None)

    await client.send_text(NUMBER, "oi")

    assert caplog.records == []
