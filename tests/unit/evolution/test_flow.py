"""The retry loop."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from recado import wire
from recado.errors import EvolutionError, NoAnswerError, ServerFaultError
from recado.evolution.commands.base import AnyCall
from recado.evolution.flow import FailedTry, Surroundings, call_flow
from recado.evolution.transport import Answer
from recado.retry.policy import RetryPolicy
from recado.retry.verdict import Verdict

NOW = datetime(2026, 3, 25, tzinfo=UTC)
GET = AnyCall(method="GET", path="/x")
POST = AnyCall(method="POST", path="/x")
OK = Answer(status=200, headers={}, body=b"7")


def fault(status: int = 500, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=wire.encode({"error": "?"}))


class Run:
    """Drives the flow by hand and keeps what it said."""

    def __init__(self, command: AnyCall, policy: RetryPolicy | None = None) -> None:
        self.heard: list[FailedTry] = []
        self.waits: list[float] = []
        self._command = command
        self._policy = policy or RetryPolicy()

    def on(self, results: Sequence[Answer | EvolutionError]) -> object:
        world = Surroundings(
            draw=lambda: 0.5, now=lambda: NOW, listen=self.heard.append
        )
        flow = call_flow(self._command, self._policy, world)
        self.waits.append(next(flow))
        for result in results:
            try:
                self.waits.append(flow.send(result))
            except StopIteration as done:
                return done.value
        raise AssertionError("the flow wants another try")


def test_a_success_ends_it_at_once() -> None:
    run = Run(GET)

    assert run.on([OK]) == 7
    assert run.waits == [0.0]
    assert run.heard == []


def test_a_passing_fault_is_tried_again_until_it_works() -> None:
    run = Run(GET)

    assert run.on([fault(), fault(), OK]) == 7
    assert run.waits == [0.0, 2.25, 4.25]
    assert [each.delay_s for each in run.heard] == [2.25, 4.25]


def test_the_last_failure_is_raised_with_its_attempts() -> None:
    run = Run(GET)

    with pytest.raises(ServerFaultError) as caught:
        run.on([fault(500), fault(502), fault(504)])

    assert caught.value.attempts == 3
    assert caught.value.status == 504
    assert [each.attempt for each in run.heard] == [1, 2, 3]
    assert run.heard[-1].delay_s is None


def test_one_attempt_means_one_attempt() -> None:
    run = Run(GET, RetryPolicy(max_attempts=1))

    with pytest.raises(ServerFaultError):
        run.on([fault()])

    assert run.heard[0].verdict is Verdict.AGAIN
    assert run.heard[0].delay_s is None


def test_an_unsure_outcome_is_not_repeated() -> None:
    run = Run(POST)

    with pytest.raises(NoAnswerError) as caught:
        run.on([NoAnswerError("silence", route="POST /x")])

    assert caught.value.may_have_acted
    assert caught.value.attempts == 1
    assert run.heard[0].verdict is Verdict.UNSURE


def test_a_server_that_asks_for_time_gets_it() -> None:
    run = Run(POST)

    run.on([fault(429, **{"retry-after": "30"}), OK])

    assert run.waits == [0.0, 30.0]
