"""How many wrong passwords are too many."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.access.throttle import Throttle
from recado.errors import TooManyTriesError

NOON = datetime(2026, 3, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def admitted(throttle: Throttle, name: str, address: str, now: datetime = NOON) -> bool:
    try:
        throttle.admit(name, address, now)
    except TooManyTriesError:
        return False
    return True


def count(throttle: Throttle, name: str, address: str, *, tries: int) -> int:
    return sum(admitted(throttle, name, address) for _ in range(tries))


def test_five_tries_of_a_name_from_an_address() -> None:
    assert count(Throttle(), "ana", "203.0.113.7", tries=50) == 5


def test_thirty_tries_of_any_names_from_an_address() -> None:
    throttle = Throttle()

    done = sum(admitted(throttle, f"name{n}", "203.0.113.7") for n in range(50))

    assert done == 30


def test_a_hundred_tries_of_a_name_from_any_addresses() -> None:
    throttle = Throttle()

    done = sum(admitted(throttle, "ana", f"203.0.113.{n}") for n in range(150))

    assert done == 100


def test_a_stranger_does_not_lock_somebody_out() -> None:
    throttle = Throttle()
    count(throttle, "ana", "203.0.113.7", tries=50)

    assert admitted(throttle, "ana", "198.51.100.1")


def test_all_addresses_of_a_network_of_ipv6_are_one() -> None:
    throttle = Throttle()

    done = sum(admitted(throttle, "ana", f"2001:db8::{n:x}") for n in range(50))

    assert done == 5
    assert admitted(throttle, "ana", "2001:db8:0:1::1")


def test_the_wait_is_told_and_is_enough() -> None:
    throttle = Throttle()
    throttle.admit("ana", "", NOON)
    for _ in range(4):
        throttle.admit("ana", "", NOON + MINUTE)

    with pytest.raises(TooManyTriesError) as refused:
        throttle.admit("ana", "", NOON + 2 * MINUTE)

    wait = timedelta(seconds=refused.value.retry_after_seconds)
    assert wait == 13 * MINUTE
    assert admitted(throttle, "ana", "", NOON + 2 * MINUTE + wait)


def test_the_right_password_forgives_what_led_to_it_and_no_more() -> None:
    throttle = Throttle()
    for number in range(20):
        throttle.admit("ana", "203.0.113.7", NOON)
        throttle.forgive("ana", "203.0.113.7")
        assert admitted(throttle, f"eve{number}", "203.0.113.7")

    assert count(throttle, "ana", "203.0.113.7", tries=9) == 5


def test_a_flood_of_names_takes_no_more_room_than_allowed() -> None:
    throttle = Throttle(kept=100)

    for number in range(1_000):
        admitted(throttle, f"name{number}", f"203.0.{number % 250}.{number % 7}")

    counters = (throttle._pairs, throttle._addresses, throttle._names)
    assert max(len(each._tries) for each in counters) == 100


def test_what_is_forgotten_first_was_quiet_the_longest() -> None:
    throttle = Throttle(kept=2)
    count(throttle, "ana", "1", tries=5)
    admitted(throttle, "eve", "2")
    admitted(throttle, "rosa", "3")

    assert count(throttle, "eve", "2", tries=9) == 4


@given(st.lists(st.integers(0, 3_600), max_size=60))
def test_never_more_than_five_in_any_quarter_of_an_hour(seconds: list[int]) -> None:
    throttle = Throttle()
    moments = [NOON + timedelta(seconds=each) for each in sorted(seconds)]

    done = [at for at in moments if admitted(throttle, "ana", "1", at)]

    for at in done:
        assert sum(at <= each < at + 15 * MINUTE for each in done) <= 5
