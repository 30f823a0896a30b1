"""The operating commands against a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recado import wire
from recado.observe.signals import Name
from tests.helpers.commands import Commands
from tests.helpers.running_server import RunningServer, running_server

FAILS_UNTIL_REPAIRED = """\
import pathlib, sys
if not pathlib.Path(__file__).with_name("repaired").exists():
    sys.exit("ValueError: the price list is odd")
print("done")
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    for name in ("RECADO_URL", "RECADO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECADO_DATA_DIR", str(tmp_path))
    with running_server(tmp_path) as server:
        server.write_script("odd.py", FAILS_UNTIL_REPAIRED)
        yield server


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


def make_trigger(commands: Commands) -> dict[str, Any]:
    made: dict[str, Any] = commands.json(
        *("trigger", "create", "--name", "orders", "--source", "custom"),
        *("--action", "script", "--payload", "odd.py"),
    )
    return made


def make_dead_letters(
    server: RunningServer, commands: Commands, *, count: int
) -> dict[str, Any]:
    trigger = make_trigger(commands)
    for number in range(count):
        body = {"event": "order", "idempotency_key": f"order-{number}"}
        assert server.deliver(trigger, body) == 200
    for _ in range(count):
        server.wait_for(Name.TRIGGER_DEAD_LETTER)
    return trigger


def test_create_shows_the_secret_and_how_the_gateway_is_pointed_at_it(
    server: RunningServer, commands: Commands
) -> None:
    ended = commands.done(
        *("trigger", "create", "--name", "replies", "--source", "evolution_go"),
        *("--filter", "event=Message", "--filter", "data.Info.IsFromMe=false"),
        *("--action", "whatsapp"),
        *("--payload", '{"number": "{{ event.chat }}", "text": "Hi"}'),
        *("--setting", "instance.url=http://127.0.0.1:8080"),
        *("--setting", "instance.token=gateway-key", "--setting", "max_attempts=3"),
    )

    assert "secret       whsec_" in ended.out
    assert f"webhook_url  {server.url}/api/triggers/webhook/1" in ended.out
    assert "curl -X POST $EVOLUTION_GO_URL/instance/connect" in ended.out
    assert f'"webhookUrl": "{server.url}/hooks/' in ended.out
    shown = commands.json("trigger", "show", "1")
    assert shown["event_filter"] == {"event": "Message", "data.Info.IsFromMe": "false"}
    assert shown["settings"]["max_attempts"] == 3
    assert "gateway-key" not in wire.encode(shown).decode()


def test_all_problems_of_a_trigger_are_told_at_once(
    server: RunningServer, commands: Commands
) -> None:
    ended = commands.run("trigger", "create", "--source", "nobody", "--name", "x")

    assert (ended.code, ended.out) == (1, "")
    for field in ("source:", "action_type:", "action_payload:"):
        assert f"recado:   {field}" in ended.err


def test_a_trigger_is_listed_changed_switched_and_deleted(
    server: RunningServer, commands: Commands
) -> None:
    make_trigger(commands)

    commands.done("trigger", "update", "1", "--name", "orders of the shop")
    commands.done("trigger", "disable", "1")

    lines = commands.done("trigger", "list").out.splitlines()
    assert [line.split() for line in lines] == [
        ["ID", "ON", "SOURCE", "ACTION", "NAME"],
        ["1", "no", "custom", "script", "orders", "of", "the", "shop"],
    ]
    commands.done("trigger", "enable", "1")
    assert commands.json("trigger", "show", "1")["enabled"] is True
    commands.done("trigger", "delete", "1", "--yes")
    assert commands.run("trigger", "show", "1").code == 1


def test_rotating_shows_a_new_secret(server: RunningServer, commands: Commands) -> None:
    before = make_trigger(commands)

    rotated = commands.json("trigger", "rotate-secret", "1", "--overlap-hours", "1")

    assert rotated["secret"].startswith("whsec_")
    assert rotated["secret"] != before["secret"]


def test_an_event_is_tried_without_running(
    server: RunningServer, commands: Commands, tmp_path: Path
) -> None:
    make_trigger(commands)
    path = tmp_path / "event.json"
    path.write_bytes(wire.encode({"event": "order", "idempotency_key": "order-1"}))

    ended = commands.done("trigger", "test", "1", "--file", str(path))

    assert "would_run        yes" in ended.out
    assert "idempotency_key  order-1" in ended.out
    assert commands.json("execution", "list")["executions"] == []


def test_what_was_not_let_in_is_listed_with_its_reason(
    server: RunningServer, commands: Commands
) -> None:
    trigger = make_trigger(commands)
    wrong = {"secret": "wrong", "hook_url": trigger["webhook_url"]}
    server.deliver(wrong, {"event": "order"})

    lines = commands.done("trigger", "rejections", "1").out.splitlines()

    assert lines[0].split()[-1] == "REASON"
    assert "signature" in lines[1]


def test_an_execution_is_shown_with_its_attempts_and_its_hint(
    server: RunningServer, commands: Commands
) -> None:
    make_dead_letters(server, commands, count=1)

    ended = commands.done("execution", "show", "1")

    assert "status             failed\n" in ended.out
    assert "idempotency_key    order-0\n" in ended.out
    assert "ValueError: the price list is odd" in ended.out
    assert "Correct the number, the content or the script first" in ended.out
    assert "Replay it: recado execution replay 1" in ended.out


def test_executions_are_listed_by_filter(
    server: RunningServer, commands: Commands
) -> None:
    make_dead_letters(server, commands, count=2)

    found = commands.json(
        *("execution", "list", "--status", "failed", "--category", "permanent"),
        *("--trigger", "1", "--since", "1h", "--limit", "1"),
    )
    none = commands.done("execution", "list", "--until", "1h")

    assert [one["id"] for one in found["executions"]] == [2]
    assert found["next_cursor"]
    assert (none.out, none.err) == ("", "No execution matches.\n")


def test_a_dead_letter_is_replayed_once_its_cause_is_gone(
    server: RunningServer, commands: Commands
) -> None:
    make_dead_letters(server, commands, count=1)
    (server.scripts / "repaired").touch()

    replayed = commands.done("execution", "replay", "1")
    server.wait_for(Name.TRIGGER_EXECUTE)
    again = commands.run("execution", "replay", "1")

    assert "It runs again as execution 2" in replayed.out
    assert commands.json("execution", "show", "2")["replay_of"] == 1
    assert again.code == 1
    assert again.err.startswith("recado: it was replayed less than 60 seconds ago")


def test_groups_show_causes_and_what_to_do(
    server: RunningServer, commands: Commands
) -> None:
    make_dead_letters(server, commands, count=2)

    ended = commands.done("dlq", "groups")
    listed = commands.done("dlq", "list")

    assert ended.out.splitlines()[1].split()[:2] == ["2", "permanent"]
    assert "permanent: The same request will fail again." in ended.out
    assert len(listed.out.splitlines()) == 3


def test_a_group_is_replayed_with_a_dry_run_first(
    server: RunningServer, commands: Commands
) -> None:
    make_dead_letters(server, commands, count=2)
    (server.scripts / "repaired").touch()
    [group] = commands.json("dlq", "groups")["groups"]
    cause = ("--fingerprint", group["fingerprint"])

    preview = commands.done("dlq", "replay", *cause, "--dry-run")
    ended = commands.done("dlq", "replay", *cause, "--yes")

    assert preview.out == "2 would be replayed.\n"
    assert ended.out == "Bulk 1 is completed: 2 of 2 replayed.\n"
    assert "2/2" in ended.err
    assert commands.json("dlq", "groups")["groups"] == []


def test_json_of_bulk_work_is_its_last_state_and_nothing_else(
    server: RunningServer, commands: Commands
) -> None:
    make_dead_letters(server, commands, count=1)

    state = commands.json("dlq", "discard", "--all", "--yes")

    assert (state["state"], state["done"], state["failed"]) == ("completed", 1, 0)
    assert commands.json("dlq", "follow", "1")["bulk_id"] == 1
    assert commands.json("execution", "show", "1")["status"] == "discarded"


def test_bulk_work_asks_first_and_refuses_where_nobody_can_answer(
    server: RunningServer, commands: Commands
) -> None:
    make_dead_letters(server, commands, count=1)

    ended = commands.run("dlq", "discard", "--all")

    assert ended.code == 2
    assert "say --yes or --dry-run" in ended.err
    assert commands.json("execution", "show", "1")["status"] == "failed"


def test_stats_count_executions_and_duplicates(
    server: RunningServer, commands: Commands
) -> None:
    trigger = make_dead_letters(server, commands, count=1)
    server.deliver(trigger, {"event": "order", "idempotency_key": "order-0"})

    counts = commands.json("stats", "--days", "2")
    shown = commands.done("stats").out.splitlines()

    assert (counts["total_executions"], counts["idempotent_replays"]) == (1, 1)
    assert shown[0] == "The last 24 hours:"
    assert [line.split()[-1] for line in shown if line.startswith("dlq size")] == ["1"]


def test_a_key_is_shown_once_and_obeys_its_role(
    server: RunningServer, commands: Commands
) -> None:
    made = commands.done("key", "create", "--role", "viewer", "--name", "screen")
    key = made.out.strip()

    refused = commands.run("key", "list", "--api-key", key)
    listed = commands.done("key", "list").out
    [number] = [
        one["id"]
        for one in commands.json("key", "list")["keys"]
        if one["name"] == "screen"
    ]
    commands.done("key", "revoke", str(number))
    revoked = commands.run("stats", "--api-key", key)

    assert key.startswith("rcd_")
    assert (refused.code, refused.out) == (1, "")
    assert "this needs the role admin; your key is a viewer" in refused.err
    assert "screen" in listed
    assert key not in listed
    assert "the API key is not known, or was revoked" in revoked.err
    assert key not in revoked.err
