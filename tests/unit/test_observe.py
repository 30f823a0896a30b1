"""Signals, and what listens to them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from recado.observe.log import LogWriter
from recado.observe.metrics import Metrics
from recado.observe.signals import Name, Signal, Signals
from tests.helpers.builders import NOON
from tests.helpers.clock import FakeClock


def a_log(form: str = "json") -> tuple[LogWriter, io.StringIO]:
    stream = io.StringIO()
    return LogWriter(stream, clock=FakeClock(NOON), form=form), stream


def test_a_signal_is_one_line_of_json() -> None:
    log, stream = a_log()

    log.write(Signal(Name.TRIGGER_WEBHOOK, {"trigger_id": 3}))

    assert json.loads(stream.getvalue()) == {
        "time": "2026-03-25T12:00:00Z",
        "level": "info",
        "event": "trigger_webhook",
        "trigger_id": 3,
    }


def test_an_error_is_told_in_full() -> None:
    log, stream = a_log()

    log.write(Signal(Name.REQUEST_FAILED, {}, ValueError("odd")))

    line = json.loads(stream.getvalue())
    assert (line["level"], line["error"]) == ("error", "ValueError: odd")
    assert "ValueError: odd" in line["trace"]


async def test_a_line_that_cannot_be_written_is_told_and_keeps_no_other_back() -> None:
    log, stream = a_log()

    log.write(Signal(Name.TRIGGER_WEBHOOK, {"trigger_id": 3}))
    log.write(Signal(Name.TRIGGER_REJECTED, {"reason": "\ud800"}))
    log.write(Signal(Name.TRIGGER_WEBHOOK, {"trigger_id": 4}))
    log.flush()

    first, broken, last = map(json.loads, stream.getvalue().splitlines())
    assert (first["trigger_id"], last["trigger_id"]) == (3, 4)
    assert (broken["level"], broken["event"]) == ("error", "listener_failed")
    assert "surrogates" in broken["trace"]


async def test_a_stream_may_be_closed_once_all_is_written() -> None:
    log, stream = a_log()
    log.write(Signal(Name.SERVER_STOPPED, {}))
    log.flush()
    stream.close()

    log.flush()


def test_people_can_have_it_as_text() -> None:
    log, stream = a_log("text")

    log.write(
        Signal(Name.TRIGGER_DEAD_LETTER, {"execution_id": 7, "error": "no such number"})
    )

    assert stream.getvalue() == (
        "2026-03-25 12:00:00 warning event=trigger_dead_letter execution_id=7 "
        'error="no such number"\n'
        ""
    )


async def test_what_happens_in_one_pass_is_written_at_once() -> None:
    log, stream = a_log()

    for number in range(3):
        log.write(Signal(Name.TRIGGER_WEBHOOK, {"n": number}))
    before = stream.getvalue()
    log.flush()

    assert before == ""
    assert [json.loads(line)["n"] for line in stream.getvalue().splitlines()] == [
        0,
        1,
        2,
    ]


@pytest.fixture
def _root_logger_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_root_logger_as_it_was")
def test_what_libraries_log_goes_the_same_way() -> None:
    log, stream = a_log()
    log.take_over_logging()

    logging.getLogger("some.library").warning("careful with %s", "that")

    line = json.loads(stream.getvalue())
    assert (line["event"], line["message"]) == ("some.library", "careful with that")


def test_a_listener_that_fails_does_not_disturb_the_others() -> None:
    broken: list[BaseException] = []
    heard: list[Signal] = []
    signals = Signals(broken.append)

    def fail(signal: Signal) -> None:
        raise ZeroDivisionError

    signals.listen(fail)
    signals.listen(heard.append)
    signals.emit(Name.SERVER_STARTED, url="http://here")

    assert [signal.facts for signal in heard] == [{"url": "http://here"}]
    assert [type(error) for error in broken] == [ZeroDivisionError]


def test_metrics_count_what_became_of_deliveries_and_attempts() -> None:
    metrics = Metrics()
    for name, facts in (
        (Name.TRIGGER_WEBHOOK, {}),
        (Name.IDEMPOTENT_REPLAY, {}),
        (Name.STORE_UNAVAILABLE, {"trigger_id": 1}),
        (Name.STORE_UNAVAILABLE, {"execution_id": 1}),
        (Name.TRIGGER_EXECUTE, {"status": "completed", "duration_seconds": 0.2}),
    ):
        metrics.count(Signal(name, facts))

    text = metrics.render(dead_letters=4).decode()

    for line in (
        'recado_deliveries_total{outcome="accepted"} 1.0',
        'recado_deliveries_total{outcome="duplicate"} 1.0',
        'recado_deliveries_total{outcome="unavailable"} 1.0',
        'recado_attempts_total{category="",status="completed"} 1.0',
        "recado_dead_letters 4.0",
    ):
        assert line in text
