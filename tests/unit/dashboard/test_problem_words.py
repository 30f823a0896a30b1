"""What the rules say is said in the reader's language, with its values."""

import pytest

from recado.errors import InvalidError, Problem
from recado.web.api.inputs import validated
from recado.web.api.trigger_input import TriggerInput
from recado.web.dashboard.locales import Language, Translator, read_words
from recado.web.dashboard.problem_words import said

PORTUGUESE = Translator(read_words(Language.PORTUGUESE))
ENGLISH = Translator(read_words(Language.ENGLISH))

WRONG: dict[str, object] = {
    "name": "",
    "source": "pigeon",
    "action_type": "sing",
    "action_payload": None,
    "event_filter": [],
    "agent": "x" * 201,
    "settings": {
        "max_attempts": "x",
        "base_delay": "x",
        "timeout": -1,
        "jitter": 2,
        "dedupe_days": 0,
        "instance": {"url": "x"},
    },
}


def problems_of(document: object) -> list[Problem]:
    with pytest.raises(InvalidError) as raised:
        validated(TriggerInput, document)
    return list(raised.value.problems)


def test_a_value_is_kept() -> None:
    problem = Problem("x", "must be less than or equal to 100")

    assert said(problem, PORTUGUESE) == "precisa ser no máximo 100"
    assert said(problem, ENGLISH) == "must be at most 100"


def test_what_the_rules_say_of_a_form_is_all_known() -> None:
    problems = problems_of(WRONG)

    assert len(problems) == 11
    assert [one for one in problems if said(one, PORTUGUESE) == one.message] == []


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("must be a finite number", "precisa ser um número"),
        ("must be a valid dictionary", "precisa ser um objeto JSON"),
    ],
)
def test_what_a_form_can_bring_is_known(message: str, words: str) -> None:
    assert said(Problem("x", message), PORTUGUESE) == words


def test_what_is_not_known_stays_as_it_is() -> None:
    assert said(Problem("x", "is too blue"), PORTUGUESE) == "is too blue"


def test_a_code_wins() -> None:
    problem = Problem("x", "somebody has it", code="name_taken")

    assert said(problem, PORTUGUESE) == PORTUGUESE("problem.name_taken")
