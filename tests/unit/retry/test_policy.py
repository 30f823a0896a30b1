"""How long to wait before the next try."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.retry.policy import ExecutionRetryPolicy, RetryPolicy

DRAWS = st.floats(0, 1, exclude_max=True)
SECONDS = st.floats(0, 1e6)


def test_a_policy_without_a_single_try_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^max_attempts must be >= 1$"):
        RetryPolicy(max_attempts=0)
    with pytest.raises(ValueError, match=r"^max_attempts must be >= 1$"):
        ExecutionRetryPolicy(max_attempts=0)


@pytest.mark.parametrize("name", ["base_delay", "jitter", "max_delay", "max_asked"])
@pytest.mark.parametrize("value", [-0.1, math.nan])
def test_a_negative_time_is_refused_by_name(name: str, value: float) -> None:
    fields: dict[str, Any] = {name: value}

    with pytest.raises(ValueError, match=f"^{name} must be >= 0"):
        RetryPolicy(**fields)


@pytest.mark.parametrize("jitter", [-0.1, 1.1])
def test_an_executions_jitter_is_a_share(jitter: float) -> None:
    with pytest.raises(ValueError, match="jitter must be"):
        ExecutionRetryPolicy(jitter=jitter)


@pytest.mark.parametrize(
    ("attempt", "draw", "wait"),
    [(1, 0.0, 2.0), (1, 0.5, 2.25), (2, 0.5, 4.25), (3, 0.0, 8.0), (3, 0.9, 8.0)],
)
def test_waits_double_with_a_little_chance_up_to_the_cap(
    attempt: int, draw: float, wait: float
) -> None:
    policy = RetryPolicy(max_attempts=9)

    assert policy.delay_after(attempt, draw=draw, asked=0) == wait


def test_the_default_policy_stops_after_the_third_try() -> None:
    policy = RetryPolicy()

    waits = [policy.delay_after(n, draw=0, asked=0) for n in (1, 2, 3)]

    assert waits == [2.0, 4.0, None]


@pytest.mark.parametrize(("asked", "wait"), [(1.0, 2.0), (30.0, 30.0), (3600.0, 60.0)])
def test_a_server_is_obeyed_up_to_a_bound(asked: float, wait: float) -> None:
    assert RetryPolicy().delay_after(1, draw=0, asked=asked) == wait


@given(attempt=st.integers(1, 10**9), draw=DRAWS, asked=SECONDS)
def test_no_wait_is_negative_or_above_both_bounds(
    attempt: int, draw: float, asked: float
) -> None:
    policy = RetryPolicy(max_attempts=10**10)

    wait = policy.delay_after(attempt, draw=draw, asked=asked)

    assert wait is not None
    assert 0 <= wait <= 60


@given(attempt=st.integers(1, 100), draw=DRAWS)
def test_a_later_try_never_waits_less(attempt: int, draw: float) -> None:
    policy = RetryPolicy(max_attempts=1000)

    sooner = policy.delay_after(attempt, draw=draw, asked=0)
    later = policy.delay_after(attempt + 1, draw=draw, asked=0)

    assert sooner is not None
    assert later is not None
    assert sooner <= later


def test_an_execution_waits_from_seconds_to_minutes() -> None:
    policy = ExecutionRetryPolicy(max_attempts=11, jitter=0)

    waits = [policy.delay_after(n, draw=0.9) for n in (1, 2, 3, 8, 9, 10, 11)]

    assert waits == [5.0, 10.0, 20.0, 640.0, 900.0, 900.0, None]


def test_chance_only_shortens_an_executions_wait() -> None:
    policy = ExecutionRetryPolicy(jitter=0.5)

    assert policy.delay_after(1, draw=0) == 5.0
    assert policy.delay_after(1, draw=0.5) == 3.75


def test_an_execution_waits_as_long_as_it_is_asked_to() -> None:
    policy = ExecutionRetryPolicy()

    assert policy.delay_after(1, draw=0, asked=60) == 60.0
    assert policy.delay_after(1, draw=0, asked=86_400) == 900.0


@given(
    failures=st.integers(1, 10**9), draw=DRAWS, jitter=st.floats(0, 1), asked=SECONDS
)
def test_an_executions_wait_is_never_above_its_cap(
    failures: int, draw: float, jitter: float, asked: float
) -> None:
    policy = ExecutionRetryPolicy(max_attempts=10**10, jitter=jitter)

    wait = policy.delay_after(failures, draw=draw, asked=asked)

    assert wait is not None
    assert 0 <= wait <= 900
