"""Failed tries as log records."""

import logging

import pytest

from recado import wire
from recado.errors import OfflineError, UnreachableError
from recado.evolution.log import LOGGER, log_failed_try
from recado.evolution.reports import FailedTry
from recado.retry.verdict import Verdict


def failed(delay: float | None) -> FailedTry:
    return FailedTry(
        attempt=2,
        max_attempts=3,
        error=OfflineError("POST /x: HTTP 500", route="POST /x", status=500),
        verdict=Verdict.AGAIN,
        delay_s=delay,
    )


def test_a_retry_is_logged_as_json(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, LOGGER)

    log_failed_try(failed(4.25))

    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert wire.decode(record.getMessage()) == {
        "event": "api_request_retry",
        "route": "POST /x",
        "attempt": 2,
        "max_attempts": 3,
        "http_status": 500,
        "error": "POST /x: HTTP 500",
        "delay_s": 4.25,
        "category": "offline",
        "may_have_acted": False,
        "deadline_reached": False,
    }


def test_the_end_is_logged_as_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, LOGGER)

    log_failed_try(failed(None))

    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert wire.decode(record.getMessage())["event"] == "api_request_failed"
    assert record.__dict__["recado"]["delay_s"] is None


def test_a_log_that_nobody_reads_costs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, LOGGER)

    log_failed_try(failed(None))

    assert caplog.records == []


def test_a_failure_without_an_answer_has_no_status(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, LOGGER)
    error = UnreachableError("no connection", route="POST /x")

    log_failed_try(
        FailedTry(
            attempt=1, max_attempts=1, error=error, verdict=Verdict.AGAIN, delay_s=None
        )
    )

    assert wire.decode(caplog.records[0].getMessage())["http_status"] is None
