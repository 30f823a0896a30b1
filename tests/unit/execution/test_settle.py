"""What becomes of an execution after an attempt."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.execution.settle import MAX_HELD, Tried, settlement_of
from recado.model.category import Category
from recado.model.outcome import Failure, Outcome, Success
from recado.model.status import DEAD_LETTERS, MOVES, UNFINISHED, Status, may_move
from recado.model.trigger import TriggerSettings
from recado.store.protocol import Settlement
from tests.helpers.builders import NOON, a_claimed

SETTINGS = TriggerSettings()


def settled(outcome: Outcome, *, failures: int = 0, draw: float = 0.0) -> Settlement:
    tried = Tried(
        claimed=a_claimed(failures=failures),
        outcome=outcome,
        started_at=NOON,
        finished_at=NOON + timedelta(seconds=2),
    )
    return settlement_of(tried, SETTINGS, draw=lambda: draw)


def test_a_success_completes() -> None:
    settlement = settled(Success(summary="sent", sent=1))

    assert settlement.status is Status.COMPLETED
    assert (settlement.result_summary, settlement.sent) == ("sent", 1)


@pytest.mark.parametrize("category", [Category.PERMANENT, Category.CONFIG])
def test_what_will_fail_again_is_a_dead_letter_at_once(category: Category) -> None:
    settlement = settled(Failure(error="no", category=category))

    assert settlement.status is Status.FAILED
    assert settlement.due_at is None


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 5), (1, 10), (2, 20), (3, 40), (4, 80)]
)
def test_a_passing_failure_waits_twice_as_long_each_time(
    failures: int, seconds: int
) -> None:
    settlement = settled(
        Failure(error="503", category=Category.TRANSIENT), failures=failures
    )

    assert settlement.status is Status.RETRYING
    assert settlement.due_at == NOON + timedelta(seconds=2 + seconds)
    assert settlement.counts


def test_when_the_attempts_are_spent_it_is_a_dead_letter() -> None:
    settlement = settled(Failure(error="503", category=Category.TRANSIENT), failures=5)

    assert settlement.status is Status.FAILED_RETRYABLE


def test_an_unknown_failure_gets_one_more_try() -> None:
    failure = Failure(error="?", category=Category.UNKNOWN)

    assert settled(failure).status is Status.RETRYING
    assert settled(failure, failures=1).status is Status.FAILED_RETRYABLE


def test_an_offline_instance_holds_it_and_costs_no_attempt() -> None:
    failure = Failure(error="off", category=Category.OFFLINE, destination="instance:x")

    settlement = settled(failure, failures=5)

    assert settlement.status is Status.HELD
    assert settlement.held_for == "instance:x"
    assert not settlement.counts


def test_it_is_held_for_a_day_at_most() -> None:
    tried = Tried(
        claimed=a_claimed(held_since=NOON - MAX_HELD),
        outcome=Failure(error="off", category=Category.OFFLINE),
        started_at=NOON,
        finished_at=NOON,
    )

    settlement = settlement_of(tried, SETTINGS, draw=lambda: 0.0)

    assert settlement.status is Status.FAILED_RETRYABLE


def test_the_other_side_may_ask_for_a_longer_wait() -> None:
    failure = Failure(error="429", category=Category.TRANSIENT, retry_after=60)

    assert settled(failure).due_at == NOON + timedelta(seconds=62)


@given(
    category=st.sampled_from(Category),
    failures=st.integers(0, 20),
    draw=st.floats(0, 0.999),
)
def test_every_end_is_a_move_that_a_running_execution_may_make(
    category: Category, failures: int, draw: float
) -> None:
    settlement = settled(
        Failure(error="x", category=category), failures=failures, draw=draw
    )

    assert may_move(Status.RUNNING, settlement.status)
    assert (settlement.due_at is not None) == (settlement.status in UNFINISHED)


def test_nothing_leaves_a_final_status_and_dead_letters_only_by_hand() -> None:
    ends = {status for status, moves in MOVES.items() if not moves}

    assert ends == {Status.COMPLETED, Status.REPLAYED, Status.DISCARDED}
    for dead in DEAD_LETTERS:
        assert MOVES[dead] == {Status.REPLAYED, Status.DISCARDED}
