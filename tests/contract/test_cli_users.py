"""``recado user`` against a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.commands import Commands
from tests.helpers.running_server import RunningServer, running_server


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningServer]:
    for name in ("RECADO_URL", "RECADO_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RECADO_DATA_DIR", str(tmp_path))
    with running_server(tmp_path) as server:
        yield server


@pytest.fixture
def commands(capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(capsys)


def test_people_are_made_changed_and_removed(
    server: RunningServer, commands: Commands
) -> None:
    made = commands.done("user", "create", "--name", "Ana", "--role", "admin")
    rosa = commands.json("user", "create", "--name", "rosa", "--role", "viewer")
    role = commands.done("user", "role", "rosa", "operator")
    reset = commands.json("user", "reset", "Rosa")
    removed = commands.done("user", "delete", "rosa")
    listed = commands.done("user", "list")

    assert len(made.out.strip()) == 27
    assert "shown only now" in made.err
    assert rosa["password"] != reset["password"]
    assert role.out == "rosa is operator now.\n"
    assert removed.out == "rosa is removed.\n"
    assert "ana" in listed.out
    assert "rosa" not in listed.out


def test_what_is_refused_says_why(server: RunningServer, commands: Commands) -> None:
    commands.done("user", "create", "--name", "ana", "--role", "admin")

    last = commands.run("user", "delete", "ana")
    nobody = commands.run("user", "role", "eve", "admin")
    wrong = commands.run("user", "create", "--name", "a b", "--role", "admin")

    assert (last.code, nobody.code, wrong.code) == (1, 1, 1)
    assert "last admin" in last.err
    assert "nobody is called 'eve'" in nobody.err
    assert "name: must have 1 to 64 characters" in wrong.err
