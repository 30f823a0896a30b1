"""Evolution Go by script, for the tests of programs that use the client.

    gateway = ScriptedGateway(sent(), error(500), sent())
    client = gateway.client()

The clients are the real ones, with their retries; nothing goes out and nobody waits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

from recado import wire
from recado.errors import EvolutionError, NoAnswerError, UnreachableError
from recado.evolution.async_client import AsyncEvolutionGo, AsyncOutside
from recado.evolution.client import EvolutionGo, Outside
from recado.evolution.options import Options
from recado.evolution.transport import Answer, Request

ADDRESS = "http://evolution-go.invalid"
KEY = "a-key-for-tests"
START = datetime(2026, 1, 1, tzinfo=UTC)

Step = Callable[["SeenRequest"], Answer]
"""What the gateway does with a request; it may raise an ``EvolutionError`` instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """A request that the gateway got. ``json`` is its body, None when it had none.

    ``raw`` holds the rest: which key it wants, its timeouts, its upload.
    """

    method: str
    path: str
    json: Any
    raw: Request = field(repr=False)


def success(data: Any = None) -> Step:
    """Answer with a success that holds ``data``, in the gateway's envelope."""
    return answer(200, {"message": "success", "data": data})


def sent(id: str | None = None) -> Step:  # noqa: A002 -- the gateway's own word
    """Take a message, under the id it came with, or ``id``, or one of its own."""

    def step(request: SeenRequest) -> Answer:
        body = request.json if isinstance(request.json, dict) else {}
        number = str(body.get("number", ""))
        info = {
            "ID": id or body.get("id") or "3EB0000000000000000000",
            "Chat": number if "@" in number else f"{number}@s.whatsapp.net",
            "Sender": "5511990000000:1@s.whatsapp.net",
            "Timestamp": "2026-01-01T00:00:00Z",
            "Type": "ExtendedTextMessage",
        }
        return success({"Info": info})(request)

    return step


def error(status: int, text: str = "no reason", **headers: str) -> Step:
    """Answer with a failure. Names of ``headers`` are written with underscores."""
    return answer(status, {"error": text}, **headers)


def answer(status: int, body: Any, **headers: str) -> Step:
    """Answer with any JSON. Names of ``headers`` are written with underscores."""
    named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Answer(status=status, headers=named, body=wire.encode(body))


def no_answer() -> Step:
    """Take the request, and lose the answer: nobody knows whether it acted."""
    return _raising(NoAnswerError, "the answer was lost, by script")


def unreachable() -> Step:
    """Refuse the connection: nothing was sent."""
    return _raising(UnreachableError, "no connection, by script")


class ScriptedGateway:
    """Does one step for each request, in order; one more request fails the test.

    ``requests`` and ``waits`` (in seconds) are what the clients did. Chance is always
    0.5, so the first two waits are 2.25 and 4.25; the clock moves by waits alone, so
    deadlines can be tested.
    """

    def __init__(self, *steps: Step) -> None:
        self.requests: list[SeenRequest] = []
        self.waits: list[float] = []
        self._steps = list(steps)

    def then(self, *steps: Step) -> None:
        """Go on with these steps after those it has."""
        self._steps.extend(steps)

    @property
    def left(self) -> int:
        """How many steps were not asked for."""
        return len(self._steps)

    def client(self, **options: Unpack[Options]) -> EvolutionGo:
        """Return a blocking client of this gateway, which waits for nothing."""
        outside = Outside(
            transport=_Line(self),
            sleep=self.waits.append,
            draw=_half,
            clock=self,
            elapsed=self.elapsed,
        )
        return EvolutionGo(ADDRESS, KEY, outside=outside, **options)

    def async_client(self, **options: Unpack[Options]) -> AsyncEvolutionGo:
        """Return a client for coroutines of this gateway, which waits for nothing."""
        outside = AsyncOutside(
            transport=_AsyncLine(self),
            sleep=self._sleep,
            draw=_half,
            clock=self,
            elapsed=self.elapsed,
        )
        return AsyncEvolutionGo(ADDRESS, KEY, outside=outside, **options)

    def now(self) -> datetime:
        """Return the gateway's time: the first of January 2026, and all waits."""
        return START + timedelta(seconds=self.elapsed())

    def elapsed(self) -> float:
        """Return the seconds that were waited."""
        return sum(self.waits)

    def take(self, request: Request) -> Answer:
        """Do the next step.

        Raises:
            AssertionError: There is none.
            EvolutionError: The step is a failure without an answer.
        """
        body = None if request.body is None else wire.decode(request.body)
        seen = SeenRequest(
            method=request.method, path=request.path, json=body, raw=request
        )
        self.requests.append(seen)
        if not self._steps:
            raise AssertionError(f"the script has no step left for {request.route}")
        return self._steps.pop(0)(seen)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


class _Line:
    def __init__(self, gateway: ScriptedGateway) -> None:
        self._gateway = gateway

    def send(self, request: Request) -> Answer:
        return self._gateway.take(request)

    def close(self) -> None:
        pass


class _AsyncLine:
    def __init__(self, gateway: ScriptedGateway) -> None:
        self._gateway = gateway

    async def send(self, request: Request) -> Answer:
        return self._gateway.take(request)

    async def close(self) -> None:
        pass


def _half() -> float:
    return 0.5


def _raising(kind: type[EvolutionError], text: str) -> Step:
    def step(request: SeenRequest) -> Answer:
        route = request.raw.route
        raise kind(f"{route}: {text}", route=route)

    return step
