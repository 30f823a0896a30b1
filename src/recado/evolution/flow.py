"""The retry loop, once for the blocking and the asynchronous client."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Any, TypeVar

from recado.errors import EvolutionError
from recado.evolution.commands.base import Command
from recado.evolution.decode import decode
from recado.evolution.options import CallSettings
from recado.evolution.reports import FailedTry, FinishedCall
from recado.evolution.transport import Answer, Request
from recado.retry.verdict import Verdict, judge

Reply = TypeVar("Reply")

Step = Request | float
"""What to do next: make this request, or wait that many seconds."""

Result = Answer | EvolutionError | None
"""What a request gave; None after a wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the flow needs of the world.

    ``draw`` gives a number in [0, 1), ``now`` the time, ``elapsed`` the seconds of a
    clock that is never set back.
    """

    draw: Callable[[], float]
    now: Callable[[], datetime]
    elapsed: Callable[[], float]


def call_flow(
    command: Command[Reply], settings: CallSettings, world: Surroundings
) -> Generator[Step, Result, Reply]:
    """Yield what to do next; be sent what it gave.

    There is no I/O in here. Each client drives this generator with its own sleep and
    its own transport, so the rules are written, and tested, once.

    Raises:
        EvolutionError: The last failure; its facts are those of the whole call.
    """
    request = command.request()
    if settings.timeout is not None:
        seconds = settings.timeout + command.delay_seconds
        request = request._replace(read_timeout=seconds)
    tries = _Tries(command, settings, world)
    while True:
        result = yield request if settings.deadline is None else tries.limited(request)
        try:
            if not isinstance(result, Answer):
                raise _failure(result)
            reply = decode(command, result, now=world.now)
        except EvolutionError as error:
            failed = tries.failed(error)
            if failed.delay_s is None:
                tries.finish(error)
                raise
        else:
            tries.finish(None)
            return reply
        yield failed.delay_s
        if tries.has_overslept(failed):
            tries.finish(failed.error)
            raise failed.error


def _failure(result: EvolutionError | None) -> EvolutionError:
    if result is None:
        raise TypeError("a request gives an answer or an error")
    return result


class _Tries:
    """The tries of one call: how many, how long still, what they may have done."""

    # on the class, so that a call that works at once has less to set up
    _failures = 0
    _begun = 0.0
    _may_have_acted = False

    def __init__(
        self, command: Command[Any], settings: CallSettings, world: Surroundings
    ) -> None:
        self._command, self._settings, self._world = command, settings, world
        if settings.deadline is not None or settings.on_call is not None:
            self._begun = world.elapsed()

    def limited(self, request: Request) -> Request:
        """Return the request of the next try, which may not outlast the deadline."""
        return request._replace(limit=self._time_left())

    def failed(self, error: EvolutionError) -> FailedTry:
        """Look at a failure: write the call's facts on it, and tell what follows."""
        verdict = judge(error, repeatable=self._command.repeatable)
        self._failures += 1
        # an earlier try may have acted, whatever the last one says
        self._may_have_acted |= error.may_have_acted
        error.may_have_acted = self._may_have_acted
        error.attempts = self._failures
        failed = FailedTry(
            attempt=self._failures,
            max_attempts=self._settings.retry.max_attempts,
            error=error,
            verdict=verdict,
            delay_s=self._find_delay(error, verdict),
        )
        self._tell(failed)
        return failed

    def has_overslept(self, failed: FailedTry) -> bool:
        """Return whether the wait took until the deadline; if so, tell that it ends."""
        if self._time_left() > 0:
            return False
        failed.error.deadline_reached = True
        self._tell(replace(failed, delay_s=None))
        return True

    def finish(self, error: EvolutionError | None) -> None:
        """Tell that the call is over."""
        if self._settings.on_call is not None:
            self._settings.on_call(
                FinishedCall(
                    route=self._command.route,
                    attempts=self._failures if error else self._failures + 1,
                    seconds=self._world.elapsed() - self._begun,
                    error=error,
                )
            )

    def _tell(self, failed: FailedTry) -> None:
        if self._settings.on_failed_try is not None:
            self._settings.on_failed_try(failed)

    def _find_delay(self, error: EvolutionError, verdict: Verdict) -> float | None:
        if verdict is Verdict.STOP:
            return None
        delay = None
        if verdict is Verdict.AGAIN:
            delay = self._settings.retry.delay_after(
                self._failures, draw=self._world.draw(), asked=error.retry_after
            )
        if (delay or 0.0) >= self._time_left():
            error.deadline_reached = True
            return None
        return delay

    def _time_left(self) -> float:
        deadline = self._settings.deadline
        if deadline is None:
            return inf
        return self._begun + deadline - self._world.elapsed()
