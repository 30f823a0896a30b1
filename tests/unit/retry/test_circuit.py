"""Closed, open, half-open."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.retry.circuit import MOVES, Circuit, CircuitPolicy, Move, State

NOW = datetime(2026, 3, 25, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_closed_circuit_lets_everything_through() -> None:
    circuit = Circuit()

    assert circuit.allows(NOW)
    assert circuit.probing(NOW) == circuit
    assert circuit.abandoned(NOW) == circuit


def test_a_failure_opens_it_for_ten_seconds() -> None:
    circuit = Circuit().failed(NOW)

    assert circuit.state is State.OPEN
    assert circuit.retry_at == NOW + 10 * SECOND
    assert not circuit.allows(NOW + 9 * SECOND)
    assert circuit.allows(NOW + 10 * SECOND)


def test_calls_that_fail_together_are_one_outage() -> None:
    once = Circuit().failed(NOW)

    assert once.failed(NOW + SECOND) == once


def test_only_one_probe_is_let_through() -> None:
    opened = Circuit().failed(NOW)
    later = NOW + 10 * SECOND

    probing = opened.probing(later)

    assert probing.state is State.HALF_OPEN
    assert not probing.allows(later)
    assert not probing.allows(later + timedelta(minutes=9))
    with pytest.raises(ValueError, match="half_open"):
        probing.probing(later)


def test_no_probe_starts_before_its_time() -> None:
    with pytest.raises(ValueError, match="open"):
        Circuit().failed(NOW).probing(NOW)


def test_each_failed_probe_doubles_the_wait_up_to_a_quarter_of_an_hour() -> None:
    circuit, moment, waits = Circuit().failed(NOW), NOW, []

    for _ in range(9):
        assert circuit.retry_at is not None
        waits.append((circuit.retry_at - moment).total_seconds())
        moment = circuit.retry_at
        circuit = circuit.probing(moment).failed(moment)

    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900]


@pytest.mark.parametrize("state", ["closed", "open", "half_open"])
def test_good_news_closes_it_and_forgets_the_waits(state: str) -> None:
    opened = Circuit().failed(NOW)
    half_open = opened.probing(NOW + 10 * SECOND)
    circuit = {"closed": Circuit(), "open": opened, "half_open": half_open}[state]

    assert circuit.succeeded() == Circuit()


def test_a_probe_that_told_nothing_makes_room_for_the_next() -> None:
    probing = Circuit().failed(NOW).probing(NOW + 10 * SECOND)

    again = probing.abandoned(NOW + 11 * SECOND)

    assert again.state is State.OPEN
    assert again.allows(NOW + 11 * SECOND)
    assert again.wait == 10 * SECOND


def test_a_probe_that_vanished_is_replaced_after_a_while() -> None:
    began = NOW + 10 * SECOND
    probing = Circuit().failed(NOW).probing(began)

    much_later = began + timedelta(minutes=10)

    assert probing.allows(much_later)
    assert probing.probing(much_later).state is State.HALF_OPEN


@pytest.mark.parametrize(
    ("first", "longest", "probe"), [(0, 900, 600), (20, 10, 600), (10, 900, 0)]
)
def test_waits_that_make_no_sense_are_refused(
    first: int, longest: int, probe: int
) -> None:
    with pytest.raises(ValueError, match="above 0"):
        CircuitPolicy(
            first_wait=first * SECOND,
            max_wait=longest * SECOND,
            probe_limit=probe * SECOND,
        )


def test_every_state_can_hear_of_failure_and_success() -> None:
    for state in State:
        assert (state, Move.FAILED) in MOVES
        assert (state, Move.SUCCEEDED) in MOVES


@given(st.lists(st.tuples(st.sampled_from(Move), st.integers(0, 2000))))
def test_it_never_waits_beyond_its_bounds(history: list[tuple[Move, int]]) -> None:
    circuit, now = Circuit(), NOW

    for move, seconds in history:
        now += seconds * SECOND
        if move is Move.FAILED:
            circuit = circuit.failed(now)
        elif move is Move.SUCCEEDED:
            circuit = circuit.succeeded()
        elif move is Move.ABANDONED:
            circuit = circuit.abandoned(now)
        elif circuit.allows(now):
            circuit = circuit.probing(now)

        assert circuit.wait <= timedelta(minutes=15)
        assert circuit.allows(now + timedelta(minutes=15))
        assert (circuit.state is State.CLOSED) == (circuit.retry_at is None)
