"""How a command of ``evolution-go-client`` fails, and what it tries again."""

import socket
from collections.abc import Iterator

import pytest

from tests.helpers.evo import KEY, Evo
from tests.helpers.gateway_server import (
    Drop,
    GatewayServer,
    Reply,
    Step,
    error_reply,
    json_reply,
    sent_reply,
)

SEND = ("send_text", "5511990000001", "hello")
LINK = ("send_link", "5511990000001", "--text=http://a.example")


@pytest.fixture
def evo(capfdbinary: pytest.CaptureFixture[bytes]) -> Evo:
    return Evo(capfdbinary)


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


# the first is a call that begins without the SDK, the second is one that does not
both_ways = pytest.mark.parametrize("words", [SEND, LINK], ids=["plain", "sdk"])


@both_ways
def test_an_address_without_its_scheme_is_named(
    evo: Evo, words: tuple[str, ...]
) -> None:
    ended = evo.run(*words, url="127.0.0.1:8080")

    assert (ended.code, ended.json["category"]) == (1, "config")
    assert ended.json["error"].startswith("EVOLUTION_GO_URL must be an address")
    assert ended.json["error"].endswith("; http:// is missing")


@both_ways
def test_a_server_fault_is_tried_three_times(evo: Evo, words: tuple[str, ...]) -> None:
    with GatewayServer([error_reply(500, "oh")]) as server:
        ended = evo.run(*words, url=server.url)
        bodies = [seen.json for seen in server.seen]

    assert ended.code == 1
    assert len(bodies) == 3
    assert bodies[0] == bodies[1] == bodies[2]
    assert ended.json["error"] == "HTTP 500"
    assert ended.json["details"] == {"error": "oh"}
    assert ended.json["attempts"] == 3
    assert ended.json["may_have_acted"] is True
    assert ended.json["id"] == bodies[0]["id"]
    assert bodies[0]["id"] in ended.json["hint"]
    assert len(ended.waits) == 2
    assert [line["event"] for line in ended.told] == [
        "api_request_retry",
        "api_request_retry",
        "api_request_failed",
    ]


@both_ways
def test_a_refusal_is_not_tried_again(evo: Evo, words: tuple[str, ...]) -> None:
    with GatewayServer([error_reply(400, "number is required")]) as server:
        ended = evo.run(*words, url=server.url)
        tries = len(server.seen)

    assert (ended.code, tries, ended.waits) == (1, 1, [])
    assert ended.json["error"] == "HTTP 400"
    assert ended.json["details"] == {"error": "number is required"}
    assert ended.json["category"] == "permanent"


@both_ways
def test_a_refused_connection_is_tried_three_times(
    evo: Evo, closed_port: str, words: tuple[str, ...]
) -> None:
    ended = evo.run(*words, url=closed_port)

    assert ended.code == 1
    assert ended.json["error"].startswith("Connection failed: ")
    assert ended.json["attempts"] == 3
    assert ended.json["may_have_acted"] is False
    assert len(ended.waits) == 2


@both_ways
def test_what_passes_ends_with_the_result(evo: Evo, words: tuple[str, ...]) -> None:
    script: list[Step] = [error_reply(500), error_reply(500), sent_reply("DONE")]
    with GatewayServer(script) as server:
        ended = evo.run(*words, url=server.url)
        names = {seen.json["id"] for seen in server.seen}

    assert ended.code == 0
    assert ended.json["data"]["Info"]["ID"] == "DONE"
    assert len(server.seen) == 3
    assert len(names) == 1
    first, second = ended.waits
    assert 2.0 <= first <= 2.5
    assert 4.0 <= second <= 4.5


@both_ways
def test_a_lost_answer_is_tried_again_under_the_same_id(
    evo: Evo, words: tuple[str, ...]
) -> None:
    with GatewayServer([Drop(), sent_reply()]) as server:
        ended = evo.run(*words, url=server.url)
        names = {seen.json["id"] for seen in server.seen}

    assert (ended.code, len(server.seen), len(names)) == (0, 2, 1)


def test_what_cannot_be_repeated_is_not(evo: Evo) -> None:
    with GatewayServer([Drop()]) as server:
        ended = evo.run("disconnect", url=server.url)

    assert (ended.code, len(server.seen)) == (1, 1)
    assert ended.json["may_have_acted"] is True
    assert "Look before" in ended.json["hint"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=200, body=b"<html>hello"), "HTTP 200, but no success"),
        (Reply(status=200, body=b'{"a": NaN}'), "HTTP 200, but no success"),
        (Reply(status=200, body=b"[" * 100_000), "HTTP 200, but no success"),
        (json_reply(200, {"message": "success"}), "HTTP 200, but no success"),
        (json_reply(200, None), "HTTP 200, but no success"),
        (Reply(status=502, body=b"<html>bad"), "HTTP 502"),
        (Reply(status=302, headers={"location": "http://x.example"}), "HTTP 302"),
        (Reply(status=404, body=b"404 page not found"), "HTTP 404"),
        (json_reply(401, {"error": "not authorized"}), "HTTP 401"),
        (json_reply(503, {"code": "LICENSE_REQUIRED"}), "HTTP 503"),
    ],
)
@both_ways
def test_any_answer_ends_with_one_document(
    evo: Evo, words: tuple[str, ...], reply: Reply, error: str
) -> None:
    with GatewayServer([reply]) as server:
        ended = evo.run(*words, "--attempts", "1", url=server.url)

    assert (ended.code, ended.json["error"]) == (1, error)
    assert len(server.seen) == 1


def test_no_key_is_written_anywhere(evo: Evo, closed_port: str) -> None:
    answer = json_reply(401, {"error": "no", "apikey": KEY})
    with GatewayServer([answer]) as server:
        refused = evo.run(*SEND, url=server.url)
    unreachable = evo.run(*SEND, url=closed_port)

    for ended in (refused, unreachable):
        assert KEY not in ended.out + ended.err


def test_a_number_of_attempts_can_be_given(evo: Evo) -> None:
    with GatewayServer([error_reply(500)]) as server:
        ended = evo.run(*SEND, "--attempts", "2", url=server.url)

    assert (len(server.seen), len(ended.waits)) == (2, 1)


def test_a_deadline_can_be_given(evo: Evo) -> None:
    answer = error_reply(429, "slow down", retry_after="60")
    with GatewayServer([answer]) as server:
        ended = evo.run(*SEND, "--deadline", "50", url=server.url)

    assert (ended.code, len(server.seen), ended.waits) == (1, 1, [])
    assert "deadline" in ended.json["message"]


def test_what_a_disconnect_does_besides_is_told_on_stderr(evo: Evo) -> None:
    with GatewayServer([json_reply(200, {"message": "success"})]) as server:
        ended = evo.run("disconnect", url=server.url)

    assert ended.json == {"message": "success"}
    assert ended.err.startswith("note: The server has also cleared the list of events")


@both_ways
def test_a_wait_that_the_server_asks_for_is_kept(
    evo: Evo, words: tuple[str, ...]
) -> None:
    script: list[Step] = [error_reply(429, "slow down", retry_after="20"), sent_reply()]
    with GatewayServer(script) as server:
        ended = evo.run(*words, url=server.url)

    assert (ended.code, ended.waits) == (0, [20.0])


def test_a_mistake_of_our_own_is_a_document_too(
    evo: Evo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr("recado.cli.evo.run.run", broken)

    ended = evo.run(*LINK, url="http://127.0.0.1:1")

    assert (ended.code, ended.err) == (1, "")
    assert ended.json["error"] == "Internal error: RuntimeError: oh"
    assert any("test_evo_failures" in line for line in ended.json["trace"])


def test_half_of_a_character_in_an_answer_is_written_as_json(evo: Evo) -> None:
    body = b'{"message": "success", "data": {"x": "\\ud83d"}}'
    with GatewayServer([Reply(body=body)]) as server:
        ended = evo.run("contacts", url=server.url)

    assert ended.code == 0
    assert ended.json["data"] == {"x": "?"}
