"""Failed tries as structured log records: what both clients do by default."""

from typing import Any

from recado import wire
from recado.evolution.reports import FailedTry

LOGGER = "recado.evolution"
"""The name of the logger."""


def log_failed_try(failed: FailedTry) -> None:
    """Log ``api_request_retry`` or, when there is no next try, ``api_request_failed``.

    The message is one JSON object; ``record.recado`` holds the same as a dict for
    handlers that write JSON themselves. Bodies and keys are never part of it.
    """
    import logging  # noqa: PLC0415 -- a command line that meets no failure starts sooner

    fields = fields_of(failed)
    again = failed.delay_s is not None
    level = logging.WARNING if again else logging.ERROR
    logger = logging.getLogger(LOGGER)
    if logger.isEnabledFor(level):
        text = wire.encode(fields).decode()
        logger.log(level, "%s", text, extra={"recado": fields})


def fields_of(failed: FailedTry) -> dict[str, Any]:
    """Return what is said of a failed try. ``delay_s`` is seconds, or None."""
    error = failed.error
    again = failed.delay_s is not None
    return {
        "event": "api_request_retry" if again else "api_request_failed",
        "route": error.route,
        "attempt": failed.attempt,
        "max_attempts": failed.max_attempts,
        "http_status": error.status,
        "error": str(error),
        "delay_s": failed.delay_s,
        "category": error.category,
        "may_have_acted": error.may_have_acted,
        "deadline_reached": error.deadline_reached,
    }
