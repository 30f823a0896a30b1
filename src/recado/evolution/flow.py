"""The retry loop, once for the blocking and the asynchronous client."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from recado.errors import EvolutionError
from recado.evolution.commands.base import Command
from recado.evolution.decode import decode
from recado.evolution.transport import Answer
from recado.retry.policy import RetryPolicy
from recado.retry.verdict import Verdict, judge

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTry:
    """One try that failed, as listeners hear of it. The first is attempt 1.

    ``delay_s`` is the wait in seconds before the next try; None when there is none
    and the error is raised.
    """

    attempt: int
    max_attempts: int
    error: EvolutionError
    verdict: Verdict
    delay_s: float | None


Listener = Callable[[FailedTry], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the flow needs of the world: chance in [0, 1), the time, a listener."""

    draw: Callable[[], float]
    now: Callable[[], datetime]
    listen: Listener


def call_flow(
    command: Command[Reply], policy: RetryPolicy, world: Surroundings
) -> Generator[float, Answer | EvolutionError, Reply]:
    """Yield the seconds to wait before each try; be sent what the try gave.

    There is no I/O in here. Each client drives this generator with its own sleep and
    its own transport, so the rules are written, and tested, once.

    Raises:
        EvolutionError: The last failure; its ``attempts`` says how many tries it took.
    """
    attempt, wait = 1, 0.0
    while True:
        result = yield wait
        try:
            return _reply(command, result, world)
        except EvolutionError as error:
            failed = _look_at(error, attempt, command, policy=policy, world=world)
            world.listen(failed)
            if failed.delay_s is None:
                raise
        attempt, wait = attempt + 1, failed.delay_s


def _reply(
    command: Command[Reply], result: Answer | EvolutionError, world: Surroundings
) -> Reply:
    if isinstance(result, EvolutionError):
        raise result
    return decode(command, result, now=world.now())


def _look_at(
    error: EvolutionError,
    attempt: int,
    command: Command[Reply],
    *,
    policy: RetryPolicy,
    world: Surroundings,
) -> FailedTry:
    error.attempts = attempt
    verdict = judge(error, repeatable=command.repeatable)
    delay = None
    if verdict is Verdict.AGAIN:
        delay = policy.delay_after(attempt, draw=world.draw(), asked=error.retry_after)
    return FailedTry(
        attempt=attempt,
        max_attempts=policy.max_attempts,
        error=error,
        verdict=verdict,
        delay_s=delay,
    )
