from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado import wire
from recado.intake.fields import ABSENT, as_text, find_value, part_at
from recado.intake.filter import mismatch, validate_filter, wants
from recado.model.event import Event
from tests.unit.intake.builders import parsed, sample

SCALARS = (
    st.text(st.characters(codec="utf-8"))
    | st.booleans()
    | st.none()
    | st.integers(-(2**53), 2**53)
)


def an_event(body: dict[str, Any]) -> Event:
    return Event(source="custom", event_type="", body=body)


EVENT = an_event(
    {
        "event": "Message",
        "kind": "outer",
        "a.b": "whole name",
        "data": {
            "kind": "inner",
            "only": "inner",
            "Info": {"IsGroup": False, "ID": "3EB0", "Edit": "", "Count": 1},
            "IDs": ["x", "y"],
            "nothing": None,
        },
    }
)


@pytest.mark.parametrize(
    "event_filter",
    [
        {},
        {"event": "Message"},
        {"kind": "outer"},
        {"only": "inner"},
        {"data.kind": "inner"},
        {"Info.ID": "3EB0", "data.Info.ID": "3EB0"},
        {"Info.IsGroup": False},
        {"Info.IsGroup": "false"},
        {"Info.Count": "1"},
        {"Info.Count": 1},
        {"Info.Edit": ""},
        {"nothing": None},
        {"nothing": ""},
        {"nothing": "*"},
        {"event": ["Receipt", "Mess*"]},
        {"data.IDs.1": "y"},
        {"a.b": "whole *"},
        {"Info": "*"},
        {"IDs": '["x","y"]'},
    ],
)
def test_a_filter_wants(event_filter: dict[str, Any]) -> None:
    assert wants(event_filter, EVENT)
    assert mismatch(event_filter, EVENT) is None


@pytest.mark.parametrize(
    ("event_filter", "reason"),
    [
        ({"event": "message"}, 'event is "Message", and the filter wants "message"'),
        ({"event": "M?ssage"}, 'event is "Message", and the filter wants "M?ssage"'),
        (
            {"event": ["a", "b*"]},
            'event is "Message", and the filter wants "a" or "b*"',
        ),
        ({"event": []}, 'event is "Message", and the filter wants nothing'),
        ({"absent": "*"}, "the event has no absent"),
        ({"Info.Absent.Deeper": "*"}, "the event has no Info.Absent.Deeper"),
        ({"data.IDs.2": "*"}, "the event has no data.IDs.2"),
        ({"data.IDs.-1": "*"}, "the event has no data.IDs.-1"),
        ({f"data.IDs.{'1' * 5000}": "*"}, f"the event has no data.IDs.{'1' * 5000}"),
        ({"chat": "*"}, "the event has no chat"),
        (
            {"event": "Message", "Info.IsGroup": True},
            'Info.IsGroup is "false", and the filter wants "true"',
        ),
    ],
)
def test_a_filter_does_not_want(event_filter: dict[str, Any], reason: str) -> None:
    assert not wants(event_filter, EVENT)
    assert mismatch(event_filter, EVENT) == reason


def test_a_long_value_is_shortened_in_a_reason() -> None:
    reason = mismatch({"text": "short"}, an_event({"text": "é" * 10_000}))

    assert reason == f'text is "{"é" * 80}…", and the filter wants "short"'


def test_what_parsing_found_can_be_asked_for() -> None:
    push = parsed("github", {}, {"x-github-event": "push"})
    message = parsed("evolution_go", sample("message_text.json"))

    assert wants({"event_type": "push"}, push)
    assert wants({"text": "*open?", "chat": "55*"}, message)


@given(st.lists(st.text("ab", max_size=3), max_size=5), st.text("ab", max_size=12))
def test_a_star_stands_for_any_text(parts: list[str], text: str) -> None:
    pattern = "*".join(parts)

    assert wants({"x": pattern}, an_event({"x": text})) is fnmatchcase(text, pattern)


@given(st.text(st.sampled_from("a[]?!.\\^$\n"), max_size=8))
def test_all_else_stands_for_itself(text: str) -> None:
    assert wants({"x": text}, an_event({"x": text}))
    assert wants({"x": f"{text}*"}, an_event({"x": f"{text}b"}))
    assert not wants({"x": text}, an_event({"x": f"{text}b"}))


def test_many_stars_do_not_take_for_ever() -> None:
    assert not wants({"x": "a*" * 50 + "b"}, an_event({"x": "a" * 100_000}))


@given(SCALARS, SCALARS)
def test_values_are_compared_as_text(wanted: Any, found: Any) -> None:
    if "*" in as_text(wanted):
        return

    assert wants({"x": wanted}, an_event({"x": found})) is (
        as_text(wanted) == as_text(found)
    )


def test_numbers_and_truth_as_text_are_those_of_json() -> None:
    texts = [as_text(value) for value in (True, False, None, 1, 1.5, "1", [1, {}])]

    assert texts == ["true", "false", "", "1", "1.5", "1", "[1,{}]"]


@pytest.mark.parametrize(
    ("event_filter", "problems"),
    [
        ({}, []),
        ({"event": ["Message", 1, None, True], "data.Info.IsGroup": False}, []),
        ("Message", ["must be an object"]),
        ([], ["must be an object"]),
        ({"": 1, "..": 1}, ["a key is empty", "a key is empty"]),
        ({"a": {"b": 1}, "c": []}, ["a: must not be an object", "c: is an empty list"]),
        ({"a": [["x"]]}, ["a: a list may hold only"]),
    ],
)
def test_all_problems_of_a_filter_are_told(
    event_filter: Any, problems: list[str]
) -> None:
    told = validate_filter(event_filter)

    assert len(told) == len(problems)
    for text, start in zip(told, problems, strict=True):
        assert text.startswith(start)


def test_a_path_is_found_in_lists_and_objects() -> None:
    document = wire.decode(b'{"a":[{"0":"x"}],"b.c":1,"":{"":2}}')

    assert find_value(document, "a.0.0") == "x"
    assert find_value(document, "b.c") == 1
    assert find_value(document, ".") == 2
    assert find_value([["y"]], "0.0") == "y"
    assert find_value(document, "a.b") is ABSENT
    assert find_value("text", "a") is ABSENT
    assert part_at({"a": 1}, "a") == {}
