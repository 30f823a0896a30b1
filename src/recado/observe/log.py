"""Structured logs: one JSON object a line on stderr."""

import asyncio
import logging
import traceback
from typing import Any, TextIO

from recado import wire
from recado.clock import Clock
from recado.observe.signals import Name, Signal

ERRORS = frozenset({Name.REQUEST_FAILED, Name.SERVER_FAILED, Name.STORE_UNAVAILABLE})
WARNINGS = frozenset(
    {
        Name.TRIGGER_DEAD_LETTER,
        Name.TRIGGER_REJECTED,
        Name.LEASE_LOST,
        Name.CLAIM_LATE,
        Name.LOGIN_REFUSED,
        Name.EXECUTIONS_RESCUED,
        Name.CIRCUIT_CHANGED,
        Name.BROKER_AWAY,
        Name.BROKER_UNMATCHED,
        Name.BROKER_DROPPED,
    }
)


LISTENER_FAILED = "listener_failed"


class LogWriter:
    """Writes signals, and what libraries log, to a stream."""

    def __init__(self, stream: TextIO, *, clock: Clock, form: str) -> None:
        self._stream = stream
        self._clock = clock
        self._told: list[dict[str, Any]] = []
        self._line = _as_json if form == "json" else _as_text

    def write(self, signal: Signal) -> None:
        """Write one signal. A listener."""
        name, facts, raised = signal.name, signal.facts, signal.raised
        if raised is not None:
            facts = facts | {
                "error": f"{type(raised).__name__}: {raised}",
                "trace": "".join(traceback.format_exception(raised)),
            }
        self._put(LEVELS[name], name, facts)

    def take_over_logging(self) -> None:
        """Send what libraries log through ``logging`` the same way, from WARNING on."""
        root = logging.getLogger()
        root.handlers[:] = [_Bridge(self._put)]
        root.setLevel(logging.WARNING)

    def broken_listener(self, error: BaseException) -> None:
        """Write down that a listener failed."""
        self._put("error", LISTENER_FAILED, _trace_of(error))

    def flush(self) -> None:
        """Write what has gathered."""
        told, self._told = self._told, []
        if not told:
            return  # it was written before the pass ended, and the stream may be closed
        self._stream.write(b"".join(map(self._as_line, told)).decode())
        self._stream.flush()

    def _as_line(self, told: dict[str, Any]) -> bytes:
        try:
            return self._line(told)
        except Exception as error:  # noqa: BLE001 (the others' lines must be written)
            told = {"time": told["time"], "level": "error", "event": LISTENER_FAILED}
            return self._line(told | _trace_of(error))

    def _put(self, level: str, event: str, facts: dict[str, Any]) -> None:
        self._told.append(
            {"time": self._clock.now(), "level": level, "event": event, **facts}
        )
        if len(self._told) > 1:
            return
        # One write for all that happens in one pass of the event loop: under load
        # a write for each line costs as much as verifying the delivery.
        try:
            asyncio.get_running_loop().call_soon(self.flush)
        except RuntimeError:  # no event loop runs: before the start, after the end
            self.flush()


LEVELS = {
    name: "error" if name in ERRORS else "warning" if name in WARNINGS else "info"
    for name in Name
}
"""How loud each signal is."""


class _Bridge(logging.Handler):
    def __init__(self, put: Any) -> None:
        super().__init__()
        self._put = put

    def emit(self, record: logging.LogRecord) -> None:
        told = getattr(record, "recado", None)  # the SDK's own records say it in facts
        facts = dict(told) if told else {"message": record.getMessage()}
        if record.exc_info and record.exc_info[1] is not None:
            facts["trace"] = "".join(traceback.format_exception(record.exc_info[1]))
        self._put(record.levelname.lower(), record.name, facts)


def _trace_of(error: BaseException) -> dict[str, Any]:
    return {"trace": "".join(traceback.format_exception(error))}


def _as_json(told: dict[str, Any]) -> bytes:
    return wire.encode(told) + b"\n"


def _as_text(told: dict[str, Any]) -> bytes:
    at, level, *rest = told.values()
    words = " ".join(
        f"{name}={_quoted(value)}"
        for name, value in zip(list(told)[2:], rest, strict=True)
    )
    return f"{at:%Y-%m-%d %H:%M:%S} {level:<7} {words}\n".encode()


def _quoted(value: object) -> str:
    text = str(value)
    return wire.encode(text).decode() if " " in text or "\n" in text else text
