"""The retry loop."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado import wire
from recado.errors import (
    EvolutionError,
    NoAnswerError,
    RefusedError,
    ServerFaultError,
    UnreachableError,
)
from recado.evolution.commands.base import AnyCall, Command
from recado.evolution.commands.sends import SendText
from recado.evolution.flow import CallFlow, Surroundings
from recado.evolution.options import CallSettings
from recado.evolution.reports import FailedTry, FinishedCall
from recado.evolution.transport import Answer, Request
from recado.retry.policy import RetryPolicy
from recado.retry.verdict import Verdict

NOW = datetime(2026, 3, 25, tzinfo=UTC)
GET = AnyCall(method="GET", path="/x")
POST = AnyCall(method="POST", path="/x")
NAMED = SendText(number="5511990000001", text="oi", id="3EB0AA", delay=1500)
OK = Answer(status=200, headers={}, body=b"7")


def fault(status: int = 500, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=wire.encode({"error": "?"}))


def lost() -> NoAnswerError:
    return NoAnswerError("silence", route="POST /x")


def refused() -> UnreachableError:
    return UnreachableError("no connection", route="POST /x")


class Run:
    """Drives the flow by hand, on a clock of its own, and keeps what it said.

    Each try takes ``try_seconds``; each wait takes ``overslept`` longer than asked.
    """

    def __init__(
        self,
        command: Command[Any],
        *,
        try_seconds: float = 0.0,
        overslept: float = 0.0,
        **settings: Any,
    ) -> None:
        self.heard: list[FailedTry] = []
        self.finished: list[FinishedCall] = []
        self.waits: list[float] = []
        self.requests: list[Request] = []
        self.seconds = 0.0
        self._command = command
        self._try_seconds, self._overslept = try_seconds, overslept
        self._settings = CallSettings(
            **{
                "on_failed_try": self.heard.append,
                "on_call": self.finished.append,
                **settings,
            }
        )

    def on(self, results: Sequence[Answer | EvolutionError]) -> object:
        world = Surroundings(
            draw=lambda: 0.5, now=lambda: NOW, elapsed=lambda: self.seconds
        )
        flow = CallFlow(self._command, self._settings, world)
        for result in results:
            self.requests.append(flow.request)
            self.seconds += self._try_seconds
            delay = flow.delay_after(result)
            if delay is None:
                assert result is results[-1]
                return flow.reply
            self.waits.append(delay)
            self.seconds += delay + self._overslept
            flow.wake()
        raise AssertionError("the call wants more tries than it was given")


def test_a_success_ends_it_at_once() -> None:
    run = Run(GET)

    assert run.on([OK]) == 7
    assert run.waits == []
    assert run.heard == []


def test_a_passing_fault_is_tried_again_until_it_works() -> None:
    run = Run(GET)

    assert run.on([fault(), fault(), OK]) == 7
    assert run.waits == [2.25, 4.25]
    assert [each.delay_s for each in run.heard] == [2.25, 4.25]
    assert run.requests == [GET.request()] * 3


def test_the_last_failure_is_raised_with_its_attempts() -> None:
    run = Run(GET)

    with pytest.raises(ServerFaultError) as caught:
        run.on([fault(500), fault(502), fault(504)])

    assert caught.value.attempts == 3
    assert caught.value.status == 504
    assert [each.attempt for each in run.heard] == [1, 2, 3]
    assert run.heard[-1].delay_s is None


def test_one_attempt_means_one_attempt() -> None:
    run = Run(GET, retry=RetryPolicy(max_attempts=1))

    with pytest.raises(ServerFaultError):
        run.on([fault()])

    assert run.heard[0].verdict is Verdict.AGAIN
    assert run.heard[0].delay_s is None


def test_an_unsure_outcome_is_not_repeated() -> None:
    run = Run(POST)

    with pytest.raises(NoAnswerError) as caught:
        run.on([lost()])

    assert caught.value.may_have_acted
    assert caught.value.attempts == 1
    assert run.heard[0].verdict is Verdict.UNSURE


def test_a_server_that_asks_for_time_gets_it() -> None:
    run = Run(POST)

    run.on([fault(429, **{"retry-after": "30"}), OK])

    assert run.waits == [30.0]


@pytest.mark.parametrize(
    "last", [refused(), Answer(status=400, headers={}, body=b'{"error": "?"}')]
)
def test_what_an_earlier_try_may_have_done_is_not_forgotten(
    last: Answer | EvolutionError,
) -> None:
    run = Run(NAMED, retry=RetryPolicy(max_attempts=2))

    with pytest.raises((UnreachableError, RefusedError)) as caught:
        run.on([lost(), last])

    assert caught.value.may_have_acted
    assert not type(caught.value).may_have_acted


def test_a_try_that_did_nothing_after_another_stays_so() -> None:
    run = Run(NAMED, retry=RetryPolicy(max_attempts=2))

    with pytest.raises(UnreachableError) as caught:
        run.on([refused(), refused()])

    assert not caught.value.may_have_acted


def test_a_timeout_of_ones_own_replaces_the_routes_but_not_the_messages_delay() -> None:
    run = Run(NAMED, timeout=20)

    with pytest.raises(UnreachableError):
        run.on([refused()] * 3)

    assert {each.read_timeout for each in run.requests} == {21.5}
    assert NAMED.request().read_timeout == 131.5


def test_no_try_may_take_longer_than_the_deadline_leaves() -> None:
    run = Run(GET, deadline=10, try_seconds=1)

    run.on([fault(), fault(), OK])

    assert [each.limit for each in run.requests] == [10, 6.75, 1.5]


def test_without_a_deadline_a_try_has_no_limit_but_its_own() -> None:
    run = Run(GET)

    run.on([OK])

    assert run.requests[0].limit is None


def test_no_wait_goes_past_the_deadline() -> None:
    run = Run(GET, deadline=8.5, try_seconds=1)

    with pytest.raises(ServerFaultError, match="deadline left no time") as caught:
        run.on([fault(500), fault(502)])

    assert run.waits == [2.25]
    assert caught.value.deadline_reached
    assert (caught.value.status, caught.value.attempts) == (502, 2)
    assert [each.delay_s for each in run.heard] == [2.25, None]


def test_a_server_that_asks_for_more_than_the_deadline_leaves_ends_the_call() -> None:
    run = Run(GET, deadline=20)

    with pytest.raises(EvolutionError, match="HTTP 429") as caught:
        run.on([fault(429, **{"retry-after": "30"})])

    assert caught.value.deadline_reached
    assert caught.value.retry_after == 30
    assert run.waits == []


def test_a_try_cut_by_the_deadline_says_so_and_may_have_acted() -> None:
    run = Run(POST, deadline=5, try_seconds=5)

    with pytest.raises(NoAnswerError, match="silence; the call's deadline") as caught:
        run.on([lost()])

    assert caught.value.deadline_reached
    assert caught.value.may_have_acted


def test_a_wait_that_took_too_long_ends_the_call_and_is_told() -> None:
    run = Run(GET, deadline=5, overslept=10)

    with pytest.raises(ServerFaultError, match="deadline left no time"):
        run.on([fault()])

    assert [each.delay_s for each in run.heard] == [2.25, None]
    assert run.finished[0].error is run.heard[0].error


def test_a_refusal_at_the_deadline_is_a_refusal() -> None:
    run = Run(POST, deadline=5, try_seconds=5)

    with pytest.raises(RefusedError) as caught:
        run.on([fault(400)])

    assert not caught.value.deadline_reached


@given(
    deadline=st.floats(0.1, 60),
    try_seconds=st.floats(0.01, 20),
    asked=st.integers(0, 100),
)
def test_no_call_begins_anything_after_its_deadline(
    deadline: float, try_seconds: float, asked: int
) -> None:
    run = Run(
        GET,
        deadline=deadline,
        try_seconds=try_seconds,
        retry=RetryPolicy(max_attempts=100),
    )

    with pytest.raises(EvolutionError) as caught:
        run.on([fault(429, **{"retry-after": str(asked)}) for _ in range(100)])

    assert caught.value.deadline_reached
    assert run.seconds - try_seconds < deadline
    assert all(0 < (each.limit or 0) <= deadline for each in run.requests)


def test_who_counts_calls_hears_of_a_success() -> None:
    run = Run(GET, try_seconds=1)

    run.on([fault(), OK])

    assert run.finished == [
        FinishedCall(route="GET /x", attempts=2, seconds=4.25, error=None)
    ]


def test_who_counts_calls_hears_of_a_failure() -> None:
    run = Run(POST)

    with pytest.raises(NoAnswerError) as caught:
        run.on([lost()])

    [finished] = run.finished
    assert finished.error is caught.value
    assert (finished.attempts, finished.route) == (1, "POST /x")


def test_nobody_has_to_count() -> None:
    assert Run(GET, on_call=None).on([OK]) == 7
