"""How the commands end when something is wrong, against scripted answers."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from recado.model.redact import Secret
from recado.settings import write_client_file
from tests.helpers.commands import Commands
from tests.helpers.gateway_server import Drop, GatewayServer, Reply, json_reply

EMPTY_PAGE = json_reply(200, {"executions": [], "next_cursor": None})


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECADO_URL", "RECADO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECADO_DATA_DIR", str(tmp_path))


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


def test_without_a_server_the_message_tells_how_to_start_one(
    commands: Commands, tmp_path: Path
) -> None:
    ended = commands.run("stats")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(
        "recado: no server found: start one with `recado serve`"
    )
    assert str(tmp_path / "cli.json") in ended.err


def test_a_refused_connection_tells_to_start_the_server(commands: Commands) -> None:
    ended = commands.run("stats", "--url", "http://127.0.0.1:1")

    assert ended.code == 1
    assert ended.err == (
        "recado: no server answers at http://127.0.0.1:1; start it with "
        "`recado serve`, or say where it is with --url or RECADO_URL\n"
    )


def test_an_address_without_a_scheme_is_explained(commands: Commands) -> None:
    ended = commands.run("stats", "--url", "127.0.0.1:8484")

    assert ended.code == 1
    assert ended.err == (
        "recado: '127.0.0.1:8484' is no address; it must be like "
        "http://127.0.0.1:8484\n"
    )


def test_a_refused_key_tells_where_keys_are_looked_for(commands: Commands) -> None:
    refusal = json_reply(401, {"error": "unauthorized", "message": "no such key"})
    with GatewayServer([refusal]) as server:
        ended = commands.run("stats", "--url", server.url, "--api-key", "rcd_wrong")

    assert ended.code == 1
    assert ended.err.startswith("recado: no such key\nrecado:   the key is looked for")
    assert "rcd_wrong" not in ended.err


def test_problems_are_listed_one_per_line(commands: Commands) -> None:
    problems = [
        {"field": "name", "message": "is required"},
        {"field": "source", "message": "must be one of: custom, github"},
    ]
    refusal = json_reply(
        400, {"error": "invalid", "message": "wrong", "problems": problems}
    )
    with GatewayServer([refusal]) as server:
        ended = commands.run("trigger", "create", "--url", server.url)

    assert ended.code == 1
    assert ended.err.splitlines() == [
        "recado: the server refuses this:",
        "recado:   name: is required",
        "recado:   source: must be one of: custom, github",
    ]


def test_another_program_at_the_address_is_noticed(commands: Commands) -> None:
    with GatewayServer([Reply(status=200, body=b"<html>")]) as server:
        ended = commands.run("stats", "--url", server.url)

    assert ended.code == 1
    assert "is not a Recado server (HTTP 200, and no JSON)" in ended.err


def test_a_lost_answer_says_that_it_may_have_been_done(commands: Commands) -> None:
    with GatewayServer([Drop()]) as server:
        ended = commands.run("execution", "replay", "7", "--url", server.url)

    assert ended.code == 1
    assert "look whether it was done before you repeat it" in ended.err


def test_the_key_of_the_data_folder_goes_to_its_own_server_only(
    commands: Commands, tmp_path: Path
) -> None:
    with GatewayServer([EMPTY_PAGE]) as own, GatewayServer([EMPTY_PAGE]) as other:
        write_client_file(tmp_path, url=own.url, api_key=Secret("rcd_local"))
        commands.done("execution", "list")
        commands.done("execution", "list", "--url", other.url)

    assert own.seen[0].headers["authorization"] == "Bearer rcd_local"
    assert "authorization" not in other.seen[0].headers


def test_the_environment_names_the_server_and_the_key(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GatewayServer([EMPTY_PAGE]) as server:
        monkeypatch.setenv("RECADO_URL", server.url + "/")
        monkeypatch.setenv("RECADO_API_KEY", "rcd_mine")
        commands.done("execution", "list", "--status", "failed", "--limit", "5")

    assert server.seen[0].path == "/api/executions?status=failed&limit=5"
    assert server.seen[0].headers["authorization"] == "Bearer rcd_mine"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("stats", "--days", "31"), "31 is not in the range"),
        (("execution", "show", "seven"), "'seven' is not a valid integer"),
        (("execution", "list", "--since", "soon"), "'soon' is no moment"),
        (("execution", "list", "--category", "odd"), "'odd' is not one of"),
        (("key", "create", "--name", "x"), "Missing option '--role'"),
        (("tigger", "list"), "Did you mean trigger?"),
        (("trigger", "update", "1"), "nothing to change was given"),
        (("trigger", "create", "--filter", "event"), "must be name=value"),
        (("trigger", "test", "1", "--file", "/nowhere"), "cannot read /nowhere"),
        (("dlq", "replay"), "say which dead letters"),
        (("dlq", "replay", "--all", "--category", "config"), "say which dead letters"),
        (("dlq", "discard"), "say which dead letters"),
        (("serve", "--port", "70000"), "70000 is not in the range"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(
    words: tuple[str, ...], complaint: str, commands: Commands
) -> None:
    with GatewayServer([EMPTY_PAGE]) as server:
        if words[0] not in ("serve", "tigger"):
            words = (*words, "--url", server.url)
        ended = commands.run(*words)

    assert (ended.code, ended.out) == (2, "")
    assert complaint in ended.err
    assert not server.seen


def test_a_wrong_setting_stops_serve_with_one_line(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECADO_PROT", "1")

    ended = commands.run("serve")

    assert (ended.code, ended.err) == (
        1,
        "recado: RECADO_PROT is not a setting; did you mean RECADO_PORT?\n",
    )


def test_a_data_folder_that_cannot_be_made_stops_serve_with_one_line(
    commands: Commands, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")

    ended = commands.run("serve", "--data-dir", str(tmp_path / "file" / "data"))

    assert ended.code == 1
    assert ended.err.startswith("recado: cannot use the data folder: ")
    assert len(ended.err.splitlines()) == 1


def test_the_overview_and_the_client_commands_load_no_server_library() -> None:
    code = (
        "import sys\n"
        "from recado.cli.main import main\n"
        "for words in (['--help'], ['stats', '--url', 'http://127.0.0.1:1']):\n"
        "    try:\n"
        "        main(words)\n"
        "    except SystemExit:\n"
        "        pass\n"
        "heavy = {'sqlalchemy', 'fastapi', 'uvicorn', 'starlette', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert "Commands:" in ended.stdout
    assert ended.stderr.splitlines()[-1] == "[]"


def test_missing_server_parts_are_named() -> None:
    code = (
        "import sys\n"
        "sys.modules['click'] = None\n"
        "from recado.cli.main import main\n"
        "main(['stats'])\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert "pip install 'recado[server]'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_reader_that_goes_away_is_no_trouble() -> None:
    page = {"triggers": [], "total": 0, "page": 1, "pages": 1}
    with GatewayServer(
        [json_reply(200, page | {"more": ["x" * 100] * 5000})]
    ) as server:
        ended = subprocess.run(  # noqa: S602 (a pipe is what this is about)
            f"{sys.executable} -m recado.cli.main trigger list --json "
            f"--url {server.url} | head -1",
            shell=True,
            capture_output=True,
            text=True,
            check=False,
        )

    assert (ended.stdout, ended.stderr) == ("{\n", "")


def test_ctrl_c_leaves_bulk_work_to_the_server_and_says_how_to_stop_it() -> None:
    running = {"bulk_id": 4, "kind": "replay", "state": "running"}
    numbers = {"total": 100, "done": 10, "failed": 0}
    with GatewayServer([json_reply(200, running | numbers)]) as server:
        watching = subprocess.Popen(
            [
                *(sys.executable, "-m", "recado.cli.main"),
                *("dlq", "follow", "4", "--url", server.url),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        server.until_asked()
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=30)

    assert (watching.returncode, out) == (130, "")
    assert "Watch it again: recado dlq follow 4; stop it: recado dlq cancel 4" in err
    assert {seen.method for seen in server.seen} == {"GET"}
