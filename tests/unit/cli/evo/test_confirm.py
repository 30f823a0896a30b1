"""Who is asked before something that cannot be taken back."""

import io
import sys

import pytest

from recado.cli.evo.confirm import is_confirmed
from recado.cli.evo.parse import parse


class Terminal(io.StringIO):
    """A stream that a person sits at."""

    def isatty(self) -> bool:
        return True


def asked(monkeypatch: pytest.MonkeyPatch, words: list[str], stdin: object) -> str:
    """What is asked of whoever sits at ``stdin``; and what came of it."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(sys, "stderr", terminal)
    said = is_confirmed(parse(words, prog="x"))
    return f"{terminal.getvalue()}{'yes' if said else 'no'}"


@pytest.mark.parametrize(
    ("answer", "confirmed"),
    [("y\n", "yes"), ("YES\n", "yes"), ("\n", "no"), ("n\n", "no"), ("", "no")],
)
def test_a_person_is_asked(
    monkeypatch: pytest.MonkeyPatch, answer: str, confirmed: str
) -> None:
    said = asked(monkeypatch, ["logout"], Terminal(answer))

    assert said.startswith("This unlinks the phone")
    assert said.endswith(f"Go on? [y/N] {confirmed}")


@pytest.mark.parametrize("words", [["logout", "--yes"], ["status"]])
def test_nobody_is_asked_who_has_said_yes_or_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    assert asked(monkeypatch, words, Terminal("n\n")) == "yes"


@pytest.mark.parametrize("stdin", [io.StringIO("n\n"), None])
def test_a_script_is_not_asked(monkeypatch: pytest.MonkeyPatch, stdin: object) -> None:
    assert asked(monkeypatch, ["logout"], stdin) == "yes"
