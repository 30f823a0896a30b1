"""The retry loop, once for the blocking and the asynchronous client."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from typing import Generic, TypeVar

from recado.errors import EvolutionError
from recado.evolution.commands.base import Command
from recado.evolution.decode import decode
from recado.evolution.options import CallSettings
from recado.evolution.reports import FailedTry, FinishedCall
from recado.evolution.transport import Answer, Request
from recado.retry.verdict import Verdict, judge

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the flow needs of the world.

    ``draw`` gives a number in [0, 1), ``now`` the time, ``elapsed`` the seconds of a
    clock that is never set back.
    """

    draw: Callable[[], float]
    now: Callable[[], datetime]
    elapsed: Callable[[], float]


class CallFlow(Generic[Reply]):
    """One call with all its tries: what to send next, when, and when it is over.

    There is no I/O in here. Each client sends ``request``, asks ``delay_after`` what
    that gave, and then either takes the ``reply`` or sleeps, calls ``wake`` and sends
    again. So the rules are written, and tested, once.
    """

    # on the class, so that a call that works at once has less to set up
    _failures = 0
    _begun = 0.0
    _may_have_acted = False
    _failed: FailedTry

    request: Request
    """What the next try sends."""
    reply: Reply
    """What the call gave, once ``delay_after`` has said that it is over."""

    def __init__(
        self, command: Command[Reply], settings: CallSettings, world: Surroundings
    ) -> None:
        self._command, self._settings, self._world = command, settings, world
        self.request = command.request()
        if settings.timeout is not None:
            seconds = settings.timeout + (command.delay or 0) / 1000
            self.request = self.request._replace(read_timeout=seconds)
        if settings.deadline is not None or settings.on_call is not None:
            self._begun = world.elapsed()
            self.request = self.request._replace(limit=settings.deadline)

    def delay_after(self, result: Answer | EvolutionError) -> float | None:
        """Return the seconds to wait before the next try; None: ``reply`` is there.

        ``result`` is what sending ``request`` gave.

        Raises:
            EvolutionError: The last failure; its facts are those of the whole call.
        """
        if not isinstance(result, Answer):
            return self._delay_after_failure(result)
        try:
            self.reply = decode(self._command, result, now=self._world.now)
        except EvolutionError as error:
            return self._delay_after_failure(error)
        if self._settings.on_call is not None:
            self._finish(None)
        return None

    def wake(self) -> None:
        """Go on after the wait.

        Raises:
            EvolutionError: The wait took until the deadline: the failure before it.
        """
        if self._settings.deadline is None:
            return
        left = self._time_left()
        if left <= 0:
            error = self._failed.error
            error.deadline_reached = True
            self._tell(replace(self._failed, delay_s=None))
            self._finish(error)
            raise error
        # a try may not outlast the deadline
        self.request = self.request._replace(limit=left)

    def _delay_after_failure(self, error: EvolutionError) -> float:
        verdict = judge(error, repeatable=self._command.repeatable)
        self._failures += 1
        # an earlier try may have acted, whatever the last one says
        self._may_have_acted |= error.may_have_acted
        error.may_have_acted = self._may_have_acted
        error.attempts = self._failures
        delay = self._find_delay(error, verdict)
        self._failed = FailedTry(
            attempt=self._failures,
            max_attempts=self._settings.retry.max_attempts,
            error=error,
            verdict=verdict,
            delay_s=delay,
        )
        self._tell(self._failed)
        if delay is None:
            self._finish(error)
            raise error
        return delay

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

    def _tell(self, failed: FailedTry) -> None:
        if self._settings.on_failed_try is not None:
            self._settings.on_failed_try(failed)

    def _finish(self, error: EvolutionError | None) -> None:
        if self._settings.on_call is not None:
            self._settings.on_call(
                FinishedCall(
                    route=self._command.route,
                    attempts=self._failures if error else self._failures + 1,
                    seconds=self._world.elapsed() - self._begun,
                    error=error,
                )
            )
