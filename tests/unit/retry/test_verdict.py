"""Again, stop, or unsure."""

import pytest

from recado.errors import (
    EvolutionError,
    MisconfiguredError,
    NoAnswerError,
    OfflineError,
    PassingFaultError,
    RefusedError,
    ServerFaultError,
    StrangeAnswerError,
    ThrottledError,
    UnreachableError,
)
from recado.retry.verdict import Verdict, judge

AGAIN, STOP, UNSURE = Verdict.AGAIN, Verdict.STOP, Verdict.UNSURE


@pytest.mark.parametrize(
    ("kind", "status", "repeatable", "otherwise"),
    [
        (UnreachableError, None, AGAIN, AGAIN),
        (ThrottledError, 429, AGAIN, AGAIN),
        (ThrottledError, 408, AGAIN, AGAIN),
        (OfflineError, 500, AGAIN, AGAIN),
        (PassingFaultError, 500, AGAIN, AGAIN),
        (NoAnswerError, None, AGAIN, UNSURE),
        (ServerFaultError, 502, AGAIN, UNSURE),
        (OfflineError, 400, STOP, STOP),
        (PassingFaultError, 400, STOP, STOP),
        (MisconfiguredError, 401, STOP, STOP),
        (RefusedError, 500, STOP, STOP),
        (StrangeAnswerError, 200, STOP, STOP),
    ],
)
def test_facts_decide(
    kind: type[EvolutionError],
    status: int | None,
    repeatable: Verdict,
    otherwise: Verdict,
) -> None:
    error = kind("x", route="POST /send/text", status=status)

    assert judge(error, repeatable=True) is repeatable
    assert judge(error, repeatable=False) is otherwise


def test_one_failure_can_say_more_than_its_class() -> None:
    error = OfflineError("x", route="r", status=500, may_have_acted=True)

    assert judge(error, repeatable=False) is UNSURE


def test_what_cannot_be_sent_again_is_not() -> None:
    error = UnreachableError("no connection", route="POST /x")
    error.resendable = False

    assert judge(error, repeatable=True) is Verdict.STOP
