"""``evolution-go-client`` as a process: what it loads, and how it ends."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recado import wire
from tests.helpers.gateway_server import (
    GatewayServer,
    Hang,
    error_reply,
    json_reply,
    sent_reply,
)

PROGRAM = Path(sys.executable).parent / "evolution-go-client"
STATUS = json_reply(
    200, {"message": "success", "data": {"Connected": True, "LoggedIn": True}}
)

SERVER = ("click", "fastapi", "rich", "sqlalchemy", "starlette", "uvicorn")
HEAVY = ("asyncio", "dataclasses", "logging", "orjson", "recado.evolution.flow")
LOADED = f"""
import sys
from recado.cli.evo.main import main
_, url, *words = sys.argv
try:
    main(words, {{"EVOLUTION_GO_URL": url, "EVOLUTION_GO_KEY": "k"}})
except SystemExit:
    pass
print([name for name in {SERVER + HEAVY} if name in sys.modules], file=sys.stderr)
"""


def run(*words: str, url: str = "", **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PROGRAM, *words], env=_env(url) | more, capture_output=True, check=False
    )


def _env(url: str) -> dict[str, str]:
    return {
        "EVOLUTION_GO_URL": url,
        "EVOLUTION_GO_KEY": "k",
        "PATH": os.environ["PATH"],
    }


def _loaded(url: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, url, *words],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()[-1]


def test_the_script_writes_a_result_and_ends_with_0() -> None:
    with GatewayServer([sent_reply("THE-ID")]) as server:
        done = run("send_text", "5511990000001", "olá", url=server.url)

    assert (done.returncode, done.stderr) == (0, b"")
    assert wire.decode(done.stdout)["data"]["Info"]["ID"] == "THE-ID"
    assert server.seen[0].json["text"] == "olá"


def test_the_script_writes_a_failure_and_ends_with_1() -> None:
    with GatewayServer([error_reply(400, "no")]) as server:
        done = run("status", url=server.url)

    assert done.returncode == 1
    assert wire.decode(done.stdout)["error"] == "HTTP 400"
    assert wire.decode(done.stderr)["event"] == "api_request_failed"


def test_wrong_arguments_end_with_2() -> None:
    done = run("send_text", "5511990000001")

    assert done.returncode == 2
    assert "TEXT" in wire.decode(done.stdout)["error"].upper()
    assert done.stderr.startswith(b"usage: evolution-go-client send_text")


@pytest.mark.parametrize("words", [(), ("--help",), ("send_text", "--help")])
def test_help_ends_with_0_in_any_charset(words: tuple[str, ...]) -> None:
    done = run(*words, PYTHONIOENCODING="ascii")

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"usage: evolution-go-client")


def test_a_person_who_says_no_keeps_the_phone_linked() -> None:
    with GatewayServer([STATUS]) as server:
        ours, theirs = pty.openpty()
        os.write(ours, b"n\n")
        done = subprocess.run(
            [PROGRAM, "logout"],
            env=_env(server.url),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            check=False,
        )
        os.close(theirs)
        os.close(ours)

    assert done.returncode == 1
    assert wire.decode(done.stdout)["error"].startswith("Not confirmed")
    assert server.seen == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("more", [(), ("--deadline", "60")], ids=["plain", "sdk"])
def test_an_interrupted_send_ends_at_once_and_names_the_message(
    number: signal.Signals, more: tuple[str, ...]
) -> None:
    with (
        GatewayServer([Hang()]) as server,
        subprocess.Popen(
            [PROGRAM, "send_text", "5511990000001", "Hello", *more],
            env=_env(server.url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        server.until_asked()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    told = wire.decode(out)
    assert (process.returncode, err) == (128 + number, b"")
    assert (told["error"], told["may_have_acted"]) == ("Interrupted", True)
    assert f"--id {told['id']}" in told["hint"]


def test_an_interrupted_question_changed_nothing() -> None:
    with (
        GatewayServer([Hang()]) as server,
        subprocess.Popen(
            [PROGRAM, "status"], env=_env(server.url), stdout=subprocess.PIPE
        ) as process,
    ):
        server.until_asked()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)

    told = wire.decode(out)
    assert process.returncode == 130
    assert (told["may_have_acted"], "id" in told) == (False, False)


def test_a_reader_of_help_that_goes_away_is_no_trace() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [PROGRAM, "--help"], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_goes_away_is_no_trace() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with GatewayServer([STATUS]) as server:
        done = subprocess.run(
            [PROGRAM, "status"],
            env=_env(server.url),
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    os.close(writing)

    assert (done.returncode, done.stderr) == (1, b"")


def test_a_full_disk_is_told_without_a_trace() -> None:
    with GatewayServer([STATUS]) as server, Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [PROGRAM, "status"],
            env=_env(server.url),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.startswith(b"error: cannot write to stdout: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_stream_takes_nothing_from_the_other(closed: str) -> None:
    with GatewayServer([error_reply(400, "no")]) as server:
        done = subprocess.run(
            ["sh", "-c", f"{PROGRAM} status {closed}"],
            env=_env(server.url),
            capture_output=True,
            check=False,
        )

    assert done.returncode == 1
    if closed == "2>&-":
        assert wire.decode(done.stdout)["error"] == "HTTP 400"
    else:
        assert wire.decode(done.stderr)["event"] == "api_request_failed"


def test_help_loads_neither_the_sdk_nor_the_server() -> None:
    assert _loaded("", "--help") == "[]"
    assert _loaded("", "send_text", "--help") == "[]"


def test_a_plain_call_loads_neither_the_sdk_nor_the_server() -> None:
    with GatewayServer([STATUS]) as server:
        assert _loaded(server.url, "status") == "[]"


def test_the_sdk_is_loaded_without_the_server() -> None:
    with GatewayServer([sent_reply()]) as server:
        link = ("send_link", "5511990000001", "--url", "http://a.example")
        loaded = _loaded(server.url, *link)

    assert "recado.evolution.flow" in loaded
    assert not any(f"'{name}'" in loaded for name in (*SERVER, "asyncio", "logging"))


def test_recado_evo_is_the_same() -> None:
    with GatewayServer([sent_reply("A"), sent_reply("B")]) as server:
        words = ("send_text", "5511990000001", "hi")
        one = run(*words, url=server.url)
        other = subprocess.run(
            [PROGRAM.with_name("recado"), "evo", *words],
            env=_env(server.url),
            capture_output=True,
            check=False,
        )

    assert (other.returncode, other.stderr) == (0, b"")
    assert wire.decode(other.stdout).keys() == wire.decode(one.stdout).keys()
    assert wire.decode(other.stdout)["data"]["Info"]["ID"] == "B"


def test_recado_evo_gives_its_own_help_and_refuses_wrong_words() -> None:
    helped = subprocess.run(
        [PROGRAM.with_name("recado"), "evo", "send_text", "--help"],
        capture_output=True,
        check=False,
    )
    refused = subprocess.run(
        [PROGRAM.with_name("recado"), "evo", "nonsense"],
        capture_output=True,
        check=False,
    )

    assert helped.stdout.startswith(b"usage: recado evo send_text")
    assert (refused.returncode, helped.returncode) == (2, 0)
