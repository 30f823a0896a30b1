"""An answer to a reply or to an error."""

from datetime import UTC, datetime
from typing import Any

import pytest

from recado import wire
from recado.errors import (
    EvolutionError,
    MisconfiguredError,
    OfflineError,
    PassingFaultError,
    RefusedError,
    ServerFaultError,
    StrangeAnswerError,
    ThrottledError,
)
from recado.evolution.commands.base import AnyCall, Command
from recado.evolution.commands.sends import SendText
from recado.evolution.commands.session import InstanceStatus
from recado.evolution.decode import decode
from recado.evolution.replies.instances import InstanceStatusReply
from recado.evolution.replies.messages import SentMessage
from recado.evolution.transport import Answer

NOW = datetime(2026, 3, 25, 20, 50, tzinfo=UTC)
SEND = SendText(number="5511999990001", text="oi", id="3EB0AA")
INFO = {
    "ID": "3EB0AA",
    "Chat": "5511999990001@s.whatsapp.net",
    "Sender": "5511990000000:12@s.whatsapp.net",
    "Timestamp": "2026-03-25T17:50:00.123456789-03:00",
    "Type": "ExtendedTextMessage",
}


def answer(status: int, value: Any, **headers: str) -> Answer:
    body = value if isinstance(value, bytes) else wire.encode(value)
    return Answer(status=status, headers=headers, body=body)


def failure(
    status: int, value: Any, command: Command[Any] = SEND, **headers: str
) -> EvolutionError:
    with pytest.raises(EvolutionError) as caught:
        decode(command, answer(status, value, **headers), now=lambda: NOW)
    return caught.value


def test_a_send_is_answered_with_the_message() -> None:
    data = {"Info": INFO, "Message": {}}

    sent = decode(
        SEND, answer(200, {"message": "success", "data": data}), now=lambda: NOW
    )

    assert sent == SentMessage(id="3EB0AA", raw=data)
    assert sent.chat == "5511999990001@s.whatsapp.net"
    assert sent.sender == "5511990000000:12@s.whatsapp.net"
    assert sent.timestamp == datetime(2026, 3, 25, 20, 50, 0, 123456, tzinfo=UTC)
    assert sent.type == "ExtendedTextMessage"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (None, None),
        ("soon", None),
        ("2026-03-25T20:50:00", datetime(2026, 3, 25, 20, 50, tzinfo=UTC)),
    ],
)
def test_a_strange_time_does_not_make_a_sent_message_fail(
    text: str | None, moment: datetime | None
) -> None:
    value = {"message": "success", "data": {"Info": {"ID": "A", "Timestamp": text}}}

    assert decode(SEND, answer(200, value), now=lambda: NOW).timestamp == moment


@pytest.mark.parametrize(
    "value",
    [
        b"<html>hello</html>",
        b"",
        {"message": "ok", "data": {"Info": INFO}},
        {"data": {"Info": INFO}},
        {"message": "success"},
        {"message": "success", "data": {}},
        {"message": "success", "data": {"Info": {"ID": ""}}},
        {"message": "success", "data": {"Info": {"ID": 7}}},
        {"message": "success", "data": {"Info": ["ID"]}},
        ["success"],
        None,
    ],
)
def test_a_success_that_is_none_is_told_apart(value: Any) -> None:
    error = failure(200, value)

    assert type(error) is StrangeAnswerError
    assert (error.category, error.may_have_acted) == ("config", True)


@pytest.mark.parametrize(
    ("status", "text", "kind", "category", "acted"),
    [
        (400, "message body is required", RefusedError, "permanent", False),
        (401, "not authorized", MisconfiguredError, "config", False),
        (429, "", ThrottledError, "transient", False),
        (500, "", ServerFaultError, "transient", True),
        (500, "no active session found", OfflineError, "offline", False),
        (500, "failed to login", OfflineError, "offline", True),
        (
            500,
            "number 1 is not registered on WhatsApp",
            RefusedError,
            "permanent",
            False,
        ),
        (500, "json: unsupported value: NaN", RefusedError, "permanent", True),
        (500, "server returned error 479", PassingFaultError, "transient", False),
        (503, "service not activated", MisconfiguredError, "config", False),
        (503, "", ServerFaultError, "transient", True),
        (307, "", MisconfiguredError, "config", False),
    ],
)
def test_a_failure_becomes_the_class_that_says_what_to_do(
    status: int, text: str, kind: type[EvolutionError], category: str, acted: bool
) -> None:
    error = failure(status, {"error": text})

    assert type(error) is kind
    assert (error.category, error.may_have_acted) == (category, acted)
    assert (error.status, error.body) == (status, {"error": text})
    assert error.route == "POST /send/text"
    assert str(error).startswith(f"POST /send/text: HTTP {status}")


def test_the_licence_gate_says_where_to_activate() -> None:
    body = {
        "error": "service not activated",
        "code": "LICENSE_REQUIRED",
        "register_url": "http://gateway.example/manager/login",
    }

    error = failure(503, body)

    assert type(error) is MisconfiguredError
    assert "open http://gateway.example/manager/login" in str(error)


def test_the_licence_gate_is_known_by_its_code_alone() -> None:
    error = failure(503, {"error": "novo texto", "code": "LICENSE_REQUIRED"})

    assert type(error) is MisconfiguredError
    assert "/manager" in str(error)


def test_the_wait_that_was_asked_for_is_kept() -> None:
    error = failure(429, b"slow down", SEND, **{"retry-after": "7"})

    assert error.retry_after == 7.0
    assert error.body == "slow down"


def test_a_long_page_is_not_kept_whole() -> None:
    error = failure(502, b"x" * 10_000)

    assert error.body == "x" * 500


@pytest.mark.parametrize("body", [b"", b"[]", b'{"error": 7}', b'{"error": null}'])
def test_an_error_without_text_is_judged_by_its_status(body: bytes) -> None:
    assert type(failure(500, body)) is ServerFaultError


def test_no_secret_of_an_answer_stays_in_the_error() -> None:
    error = failure(400, {"error": "x", "instanceToken": "hush"})

    assert "hush" not in str(error.body)


@pytest.mark.parametrize(
    ("connected", "logged_in", "ready"),
    [(True, True, True), (True, False, False), (False, True, False)],
)
def test_an_instance_is_ready_when_connected_and_logged_in(
    connected: bool, logged_in: bool, ready: bool
) -> None:
    data = {"Connected": connected, "LoggedIn": logged_in, "Name": "Loja"}

    status = decode(
        InstanceStatus(),
        answer(200, {"message": "success", "data": data}),
        now=lambda: NOW,
    )

    assert status == InstanceStatusReply(
        connected=connected, logged_in=logged_in, name="Loja"
    )
    assert status.ready is ready


@pytest.mark.parametrize("text", ["client disconnected", "no active session found"])
def test_an_offline_instance_is_a_status_and_not_a_failure(text: str) -> None:
    status = decode(InstanceStatus(), answer(400, {"error": text}), now=lambda: NOW)

    assert status == InstanceStatusReply(connected=False, logged_in=False)


def test_a_status_that_cannot_be_told_is_a_failure() -> None:
    error = failure(500, {"error": "info query timed out"}, InstanceStatus())

    assert type(error) is ServerFaultError


def test_a_route_without_a_command_answers_plain_json() -> None:
    call = AnyCall(method="GET", path="/label/list")

    assert decode(call, answer(200, [1, 2]), now=lambda: NOW) == [1, 2]
    assert type(failure(200, b"<html>", call)) is StrangeAnswerError
