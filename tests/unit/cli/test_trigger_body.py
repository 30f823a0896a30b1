"""The options of ``recado trigger`` as the JSON of a trigger."""

import io
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado import wire
from recado.cli.trigger_body import (
    read_filter,
    read_payload,
    read_settings_given,
    trigger_body,
    wants_quiet,
)


def test_only_what_was_given_is_in_the_body() -> None:
    assert trigger_body({"name": "orders", "source": None, "filter": ()}) == {
        "name": "orders"
    }


def test_options_win_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "trigger.json"
    path.write_bytes(
        wire.encode({"name": "old", "source": "custom", "settings": {"timeout": 5}})
    )

    body = trigger_body(
        {
            "from_file": str(path),
            "name": "new",
            "action": "script",
            "payload": "a.py",
            "setting": ("max_attempts=3",),
        }
    )

    assert body == {
        "name": "new",
        "source": "custom",
        "action_type": "script",
        "action_payload": "a.py",
        "settings": {"timeout": 5, "max_attempts": 3},
    }


def test_a_prompt_that_looks_like_json_stays_a_text() -> None:
    assert read_payload('{"a": 1}', action="prompt") == '{"a": 1}'


def test_a_whatsapp_payload_is_an_object() -> None:
    assert read_payload('{"number": "1"}', action="whatsapp") == {"number": "1"}


def test_a_payload_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_text("Answer politely.\n")

    assert read_payload(f"@{path}", action="prompt") == "Answer politely."


def test_a_filter_name_that_is_given_twice_wants_any_of_its_values() -> None:
    assert read_filter(["event=Message", "event=Receipt", "event=Call", "state=1"]) == {
        "event": ["Message", "Receipt", "Call"],
        "state": "1",
    }


def test_a_filter_may_be_json() -> None:
    assert read_filter(['{"event": "Message", "data.Info.IsGroup": false}']) == {
        "event": "Message",
        "data.Info.IsGroup": False,
    }


def test_settings_are_typed_and_may_be_nested() -> None:
    assert read_settings_given(
        ["max_attempts=3", "instance.url=http://x", "instance.token=t", "jitter=0.2"]
    ) == {
        "max_attempts": 3,
        "instance": {"url": "http://x", "token": "t"},
        "jitter": 0.2,
    }


@pytest.mark.parametrize("wrong", ["event", "=x", ""])
def test_a_pair_without_a_name_and_a_value_is_wrong_usage(wrong: str) -> None:
    with pytest.raises(click.UsageError, match="must be name=value"):
        read_filter([wrong])


def test_a_file_that_is_not_there_is_wrong_usage() -> None:
    with pytest.raises(click.UsageError, match=r"cannot read nowhere\.json"):
        trigger_body({"from_file": "nowhere.json"})


@given(st.text(min_size=1).filter(lambda text: not text.lstrip().startswith("{")))
def test_a_text_without_braces_is_never_taken_for_json(text: str) -> None:
    if text.startswith("@"):
        return

    assert read_payload(text, action=None) == text.rstrip("\n")


@pytest.mark.parametrize(("answer", "expected"), [("\n", True), ("n\n", False)])
def test_a_person_is_asked_whether_to_leave_the_noise_out(
    monkeypatch: pytest.MonkeyPatch, answer: str, *, expected: bool
) -> None:
    terminal = Terminal(answer)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("sys.stderr", Terminal(""))

    assert wants_quiet("evolution_go", None) is expected


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
