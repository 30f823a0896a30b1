"""One CEL expression: checked when it is saved, bounded when it runs."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.errors import UndecidedError
from recado.intake.condition import MAX_LENGTH, condition_problems, holds
from recado.model.event import Event
from tests.helpers.effort import assert_little_work
from tests.unit.intake.builders import parsed, sample

LIMIT = 0.25
"""Seconds of CPU that no evaluation takes; the usual is at most a third of that."""

KIB = 1_024


def an_event(**data: Any) -> Event:
    body = {"event": "Message", "instanceId": "i", "data": data}
    return parsed("evolution_go", body)


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ('event.event_type == "Message"', True),
        ("event.from_me", False),
        ("event.is_group || event.is_status", False),
        ("event.data.Info.IsGroup == false", True),
        ('event.text.startsWith("!")', False),
        ('event.source in ["evolution_go", "waha"]', True),
        ("has(event.data.Info.Nothing)", False),
        ('event.chat.endsWith("@s.whatsapp.net")', True),
        ('event.envelope.instanceName == "sales"', True),
        ('event.text.size() > 0 && !event.text.contains("http://")', True),
    ],
)
def test_a_condition_speaks_of_the_event(expression: str, *, answer: bool) -> None:
    event = parsed("evolution_go", sample("message_text.json"))

    assert condition_problems(expression) == []
    assert holds(expression, event) is answer


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("event.text ==", "line 1, column 14: Syntax error"),
        ("true &&\n nope", "line 2, column 2: undeclared reference to 'nope'"),
        (
            "event.tex == 1",
            "line 1, column 7: an event has no tex; did you mean event.",
        ),
        ("has(event.kind)", "an event has no kind; what the sender wrote is in"),
        ("event.text.matches('a')", "conditions do without it"),
        ("event.data.l.map(x, x) == []", "conditions do without it"),
        ("event.text + 'a' == 'b'", "conditions do without it"),
        ("event.data.l.exists_one(x, x == 1)", "conditions do without it"),
        ("event.text.size()", "must be true or false"),
        ("event.data.l.all(event, event.data.l.all(y, true))", "another name"),
        ("event.data.l.all(x, !x.exists(event, event))", "another name"),
        ("x" * (MAX_LENGTH + 1), "1000 are allowed"),
        ('"\ud800" == ""', "half of a character"),
        ("[" * 200 + "]" * 200 + " == []", "recursion limit"),
        ("event" + ".a" * 400, "recursion"),
        ("\0", "token recognition error"),
        ("", "Syntax error"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_saved(expression: str, expected: str) -> None:
    assert expected in "; ".join(condition_problems(expression))


def test_all_problems_are_named() -> None:
    problems = condition_problems("nope == 1 && neither(event)")

    assert [one.partition(":")[0] for one in problems] == [
        "line 1, column 1",
        "line 1, column 21",
    ]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("event.data.price > 5", 'Key not found in map : "price"; ask has(…) first'),
        ("event.data.name > 5", "No matching overloads found"),
        ("event.data.name", "gave a string and not true or false"),
        ("1 / event.data.zero == 1", "divide by zero"),
    ],
)
def test_no_answer_is_an_error_that_says_why(expression: str, expected: str) -> None:
    with pytest.raises(UndecidedError) as raised:
        holds(expression, an_event(name="ana", zero=0))

    assert expected in str(raised.value)


def test_the_library_counts_the_passes_of_loops_too() -> None:
    with pytest.raises(UndecidedError, match="Iteration budget exceeded"):
        holds("event.data.list.all(x, x == 1)", an_event(list=[1] * 12_000))


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ('{"name": event.data.name} == {"name": "ana"}', True),
        ('[event.data.name, "b"] == ["ana", "b"]', True),
        ('event.data.people.all(p, p.name != "eva")', True),
        ('event.data.people.exists(p, [p.name].exists(n, n == "ana"))', True),
        ('event["data"].name == "ana"', True),
        ('event["data"].people.exists(p, p.name == "eva")', False),
        ("event.data.nowhere.all(x, true) || true", True),
    ],
)
def test_every_form_of_an_expression_is_measured(
    expression: str, *, answer: bool
) -> None:
    event = an_event(name="ana", people=[{"name": "ana"}, {"name": "rui"}])

    assert holds(expression, event) is answer


def test_a_reason_does_not_say_what_the_event_holds() -> None:
    event = an_event(key="what a person wrote", map={})

    with pytest.raises(UndecidedError) as raised:
        holds("event.data.map[event.data.key] == 1", event)

    assert "person" not in str(raised.value)


def test_a_stored_condition_that_became_wrong_decides_nothing() -> None:
    with pytest.raises(UndecidedError, match="the condition is wrong"):
        holds("nope", an_event())


HOSTILE = [
    " && ".join(["event == event"] * 55),
    " && ".join(["event.data == event.data"] * 35),
    "event.data.list.all(x, event == event)",
    "event.data.list.all(x, event.data.list.all(y, event.data.list.all(z, z != y)))",
    "event.data.list.all(x, [event, event, event] == [event, event, event])",
    "[event.data.list][0].all(x, event == event)",
    "[1, 2].all(x, event.data.list.all(y, event == event))",
    "event.data.list.all(x, event.data.text.contains(event.data.other))",
    "event.data.list.all(x, size(event.data.text) > 1)",
    "event.data.list.all(x, !(event.data.other in event.data.map))",
    "event.data.map.all(k, event.data.map[k] == 0 && !(5 in event.data.list))",
    " && ".join(["bytes(event.data.text) != b'x'"] * 25),
    "event.data.list.exists(x, bytes(event.data.text) == b'x')",
    "event.data.list.exists(x, timestamp(event.data.text) == timestamp(x))",
    "event.data.list.all(x, int(event.data.text) == 1 || true)",
    "event.data.nested.all(x, x.all(y, y.all(z, z == x)))",
]
SHAPES: dict[str, dict[str, Any]] = {
    "long lists": {"list": [1] * 9_000, "text": "a" * KIB, "map": {}},
    "very long lists": {"list": [1] * 400_000},
    "a middling list": {"list": [1] * 150, "text": "a" * 200, "map": {"a": 0}},
    "long texts": {"list": [1] * 50, "text": "a" * 4 * KIB * KIB, "other": "b" * KIB},
    "many names": {"map": {str(n): 0 for n in range(9_000)}, "list": [1] * 9},
    "lists in lists": {"nested": [[[1] * 20] * 20] * 20},
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("expression", HOSTILE, ids=range(len(HOSTILE)))
def test_no_expression_takes_long_whatever_the_event(
    expression: str, shape: str
) -> None:
    assert condition_problems(expression) == []
    event = an_event(list=[], text="", other="b", map={}, nested=[])
    event = an_event(**{**event.data, **SHAPES[shape]})

    def decide() -> None:
        with contextlib.suppress(UndecidedError):
            holds(expression, event)

    assert_little_work(decide, seconds=LIMIT)


def test_a_group_of_a_thousand_is_not_too_much_for_an_everyday_condition() -> None:
    people = [
        {"JID": f"55119{n:08}@s.whatsapp.net", "IsAdmin": False, "Error": 0, "LID": ""}
        for n in range(1_024)
    ]
    event = an_event(groupData={"Participants": people}, mentioned=["a", "b"])

    assert holds('event.data.mentioned.exists(m, m == "b")', event)
    assert holds(
        'event.event_type == "Message" && !event.from_me '
        "&& event.data.groupData.Participants.all(p, p.IsAdmin == false)",
        event,
    )


def test_of_media_inside_an_event_a_condition_sees_the_beginning() -> None:
    event = an_event(base64="a" * 8 * KIB * KIB, mentioned=["a", "b"])

    assert holds("!event.data.mentioned.exists(m, m == event.text)", event)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "b", "", "\0", "é"]), inner, max_size=4)
    ),
    max_leaves=20,
)
PIECES = st.sampled_from(
    [
        *("event", ".data", ".a", ".b", ".text", "[0]", '["a"]', "==", "!=", "<", "in"),
        *("&&", "||", "!", "(", ")", ".all(x, ", ".exists(y, ", "x", "y", "1", "-1"),
        *("9223372036854775807", "1.5", "null", "true", '"a"', "'\\0'", "has(", "? "),
        *(": ", ".size()", "size(", "int(", "string(", ", ", "b'a'", "dyn(", "[", "]"),
        *("duration('1s')", "timestamp(", "type(", "//", "\n", "{", "}", "matches("),
    ]
)


@given(pieces=st.lists(PIECES, max_size=14), data=st.dictionaries(st.text(), JSON))
def test_whatever_is_written_is_refused_or_runs(
    pieces: list[str], data: dict[str, Any]
) -> None:
    expression = " ".join(pieces)

    if condition_problems(expression):
        return
    try:
        answer = holds(expression, an_event(**data, a=data))
    except UndecidedError:
        return
    assert isinstance(answer, bool)


@given(expression=st.text(max_size=60))
def test_any_text_is_read_or_refused(expression: str) -> None:
    for problem in condition_problems(expression):
        assert problem
