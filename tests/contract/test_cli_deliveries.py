"""Why something did not arrive, from a terminal."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.commands import Commands
from tests.helpers.running_server import RunningServer, running_server


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    for name in ("RECADO_URL", "RECADO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECADO_DATA_DIR", str(tmp_path))
    with running_server(tmp_path) as server:
        server.write_script("act.py", "print('done')")
        yield server


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


def make(commands: Commands, *more: str, source: str = "custom") -> dict[str, Any]:
    made: dict[str, Any] = commands.json(
        *("trigger", "create", "--name", "orders", "--source", source),
        *("--action", "script", "--payload", "act.py", *more),
    )
    return made


def test_a_wrong_secret_is_found_and_its_deliveries_are_accepted(
    server: RunningServer, commands: Commands
) -> None:
    made = make(commands, "--secret", "wrong")
    number = str(made["id"])
    with pytest.raises(OSError, match="401"):
        server.deliver(made | {"secret": "the true one"}, {"event": "order"})

    ended = commands.done("quarantine", "list", number)
    listed, listed_err = ended.out, ended.err
    early = commands.json("quarantine", "retry", number)
    told = commands.done("quarantine", "retry", number)
    commands.done("trigger", "rotate-secret", number, "--secret", "the true one")
    retried = commands.done("quarantine", "retry", number)
    empty = commands.done("quarantine", "list", number).err

    assert "signature does not match" in listed
    assert "After the repair: recado quarantine retry" in listed + listed_err
    assert early["still_rejected"] == 1
    assert "Why: recado quarantine list" in told.err
    assert retried.out == "1 accepted, 0 still rejected.\n"
    assert "Nothing is in quarantine." in empty
    assert len(commands.json("execution", "list")["executions"]) == 1


def test_a_delivery_is_explained(
    server: RunningServer, commands: Commands, tmp_path: Path
) -> None:
    made = make(commands, "--condition", "event.data.total > 5")
    number, file = str(made["id"]), tmp_path / "event.json"
    file.write_text(json.dumps({"event": "order", "total": 1}))

    told = commands.done(
        *("trigger", "explain", number, "--file", str(file)),
        *("--header", "X-Signature: abc", "--header", "Idempotency-Key: k1"),
    ).out
    wrong = commands.run(
        "trigger", "explain", number, "--file", str(file), "--header", "nothing"
    )

    assert "header X-Signature is not an HMAC-SHA256 in hex" in told
    assert "the condition is false" in told
    assert "its idempotency key is k1, for 7 days" in told
    assert told.endswith(
        "The delivery would be rejected: its sender does not prove itself.\n"
    )
    assert wrong.code == 2
    assert "'name: value'" in wrong.err


def test_deliveries_are_counted_by_what_became_of_them(
    server: RunningServer, commands: Commands
) -> None:
    made = make(commands, "--filter", "event=order")
    assert server.deliver(made, {"event": "order", "idempotency_key": "1"}) == 200
    assert server.deliver(made, {"event": "order", "idempotency_key": "1"}) == 200
    assert server.deliver(made, {"event": "refund"}) == 200

    told = commands.done("trigger", "deliveries", str(made["id"])).out

    assert "accepted   1" in told
    assert "duplicate  1" in told
    assert "filtered   1" in told
    assert "event_filter: event" in told


def test_noise_is_left_out_when_that_is_said(
    server: RunningServer, commands: Commands
) -> None:
    quiet = make(commands, "--leave-out-noise", source="evolution_go")
    loud = make(commands, "--take-everything", source="evolution_go")
    chosen = make(
        commands, "--leave-out-noise", "--filter", "event=Presence",
        source="evolution_go",
    )  # fmt: skip

    assert "Message" in quiet["event_filter"]["event"]
    assert "Presence" not in quiet["event_filter"]["event"]
    assert loud["event_filter"] == {}
    assert chosen["event_filter"] == {"event": "Presence"}


def test_where_nobody_can_be_asked_a_note_proposes_it(
    server: RunningServer, commands: Commands
) -> None:
    ended = commands.done(
        *("trigger", "create", "--name", "x", "--source", "evolution_go"),
        *("--action", "script", "--payload", "act.py"),
    )

    assert "Presence, ChatPresence, HistorySync; --leave-out-noise" in ended.err
    assert "Presence" not in ended.out
