"""What event types there are, and how the noisy ones are left out."""

import pytest

from recado.intake.condition import condition_problems, holds
from recado.intake.event_types import KNOWN, NOISY, filter_warnings, quiet_fields
from recado.intake.filter import wants
from recado.model.event import Event
from tests.unit.intake.builders import EVENTS, parsed, sample


def test_every_sample_of_the_gateway_has_a_known_type() -> None:
    names = {sample(path.name)["event"] for path in EVENTS.glob("*.json")}

    assert len(names) > 25
    assert names <= set(KNOWN["evolution_go"])


def test_a_quiet_trigger_wants_all_but_the_noise() -> None:
    fields = quiet_fields("evolution_go")
    assert fields is not None

    wanted = {
        path.stem
        for path in EVENTS.glob("*.json")
        if wants(fields["event_filter"], parsed("evolution_go", sample(path.name)))
    }

    left_out = {path.stem for path in EVENTS.glob("*.json")} - wanted
    assert left_out == {
        "chat_presence",
        "history_sync",
        "presence_offline",
        "presence_online",
    }


@pytest.mark.parametrize("source", sorted(set(NOISY) - set(KNOWN)))
def test_where_not_all_types_are_known_a_condition_leaves_the_noise_out(
    source: str,
) -> None:
    fields = quiet_fields(source)
    assert fields is not None
    condition = fields["condition"]

    answers = {
        kind: holds(condition, Event(source=source, event_type=kind, body={}))
        for kind in (*NOISY[source], "message", "something new")
    }

    assert condition_problems(condition) == []
    assert [kind for kind, is_wanted in answers.items() if is_wanted] == [
        "message",
        "something new",
    ]


def test_other_senders_make_no_noise() -> None:
    assert quiet_fields("github") is None


@pytest.mark.parametrize(
    ("wanted", "warning"),
    [
        ({"event": "message"}, "no event type message; did you mean Message?"),
        ({"event_type": ["Message", "Receit"]}, "did you mean Receipt?"),
        ({"event": "zzz*"}, "evolution_go has no event type zzz*"),
        ({"event": 5}, "no event type 5"),
        ({"event": "[M]essage"}, "no event type [M]essage"),
    ],
)
def test_a_type_that_never_comes_is_warned_of(
    wanted: dict[str, object], warning: str
) -> None:
    [found] = filter_warnings("evolution_go", wanted)

    assert warning in found


@pytest.mark.parametrize(
    "wanted", [{}, {"event": "Call*"}, {"event": ["Message", "Label*"]}, {"a": "b"}]
)
def test_types_that_come_are_not_warned_of(wanted: dict[str, object]) -> None:
    assert filter_warnings("evolution_go", wanted) == []


def test_of_sources_whose_types_are_not_all_known_nothing_is_said() -> None:
    assert filter_warnings("custom", {"event": "whatever"}) == []
