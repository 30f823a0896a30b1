"""A clock that follows the database's, from readings that take a while."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.store.columns import to_micros
from recado.store.postgres.clock import DatabaseClock, Reading
from tests.helpers.builders import NOON


class Elapsed:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


def read_at(
    elapsed: Elapsed, shown: datetime, *, there: float = 0, back: float = 0
) -> Reading:
    """Ask: the way there and the way back take so many seconds."""
    asked_at = elapsed.seconds
    elapsed.seconds += there + back
    return Reading(to_micros(shown), asked_at, elapsed.seconds)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_the_first_reading_is_of_the_middle_of_its_round_trip(elapsed: Elapsed) -> None:
    first = read_at(elapsed, NOON, there=2, back=2)

    assert DatabaseClock(first, elapsed=elapsed).now() == after(2)


def test_a_slow_reading_does_not_spoil_what_a_quick_one_said(elapsed: Elapsed) -> None:
    clock = DatabaseClock(read_at(elapsed, NOON), elapsed=elapsed)
    elapsed.seconds += 10
    clock.set(read_at(elapsed, after(10), there=0, back=5))
    once = clock.now()
    elapsed.seconds += 10
    clock.set(read_at(elapsed, after(30), there=5, back=0))

    assert once == after(15)
    assert clock.now() == after(30)


def test_a_quick_reading_corrects_a_slow_one(elapsed: Elapsed) -> None:
    clock = DatabaseClock(read_at(elapsed, NOON, there=0, back=4), elapsed=elapsed)
    behind = clock.now()
    clock.set(read_at(elapsed, after(4)))

    assert behind == after(2)
    assert clock.now() == after(4)


def test_it_waits_for_the_database_rather_than_go_back(elapsed: Elapsed) -> None:
    clock = DatabaseClock(read_at(elapsed, NOON, there=4, back=0), elapsed=elapsed)
    ahead = clock.now()
    clock.set(read_at(elapsed, after(0)))
    told = [clock.now()]
    for _ in range(2):
        elapsed.seconds += 1.5
        told.append(clock.now())

    assert ahead == after(2)
    assert told == [after(2), after(2), after(3)]


def test_a_database_whose_clock_was_set_back_is_followed(elapsed: Elapsed) -> None:
    clock = DatabaseClock(read_at(elapsed, after(3_600)), elapsed=elapsed)
    clock.now()
    clock.set(read_at(elapsed, NOON))

    assert clock.now() == NOON


TRIPS = st.lists(
    st.tuples(st.floats(0, 9), st.floats(0, 9), st.floats(0, 60)), min_size=1
)


@given(trips=TRIPS)
def test_it_never_goes_back_and_is_as_exact_as_its_quickest_round_trip(
    trips: list[tuple[float, float, float]],
) -> None:
    elapsed = Elapsed()
    start = elapsed.seconds
    clock: DatabaseClock | None = None
    told: list[datetime] = []
    for there, back, pause in trips:
        shown = after(elapsed.seconds + there - start)
        reading = read_at(elapsed, shown, there=there, back=back)
        if clock is None:
            clock = DatabaseClock(reading, elapsed=elapsed)
        else:
            clock.set(reading)
        told.append(clock.now())
        elapsed.seconds += pause
    assert clock is not None
    elapsed.seconds += 10  # longer than it ever has to stand still
    told.append(clock.now())

    off = abs((told[-1] - after(elapsed.seconds - start)).total_seconds())
    quickest = min(there + back for there, back, _ in trips)
    assert off <= quickest + 0.001
    assert told == sorted(told)
