"""What a trigger's source demands of its settings and its secret."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from recado.errors import InvalidError, Problem
from recado.intake.sources.registry import SOURCES

READ_BY = {"signature": "custom", "verify_token": "meta"}
"""Settings that only one source reads."""

_DRAWN = bytes(32)


def source_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Return which settings of a trigger do not fit its source."""
    settings = document.get("settings")
    if not isinstance(settings, dict):
        return []
    unread = [
        Problem(f"settings.{name}", f"is read by the source {source} alone")
        for name, source in READ_BY.items()
        if settings.get(name) is not None and document.get("source") != source
    ]
    return unread + _short_window(document.get("source"), settings.get("dedupe_days"))


def _short_window(source: object, days: object) -> list[Problem]:
    """Refuse a window in which the sender's own repeats are not all known as such."""
    known = SOURCES.get(source) if isinstance(source, str) else None
    if known is None or not isinstance(days, int | float):
        return []
    longest = known.longest_retry / timedelta(days=1)
    if days >= longest:
        return []
    why = (
        f"must be at least {longest:.4g}: for so long {source} may deliver the same "
        "event again"
    )
    return [Problem("settings.dedupe_days", why)]


def check_secret(source: str, secret: str | None) -> None:
    """Return when a source can use a secret; None is for one that is made.

    Raises:
        InvalidError: It cannot; the text says what it has to be.
    """
    rules = SOURCES[source]
    given = rules.make_secret(_DRAWN).reveal() if secret is None else secret
    problem = rules.secret_problem(given)
    if problem is None:
        return
    needed = "is required: it " if secret is None else ""
    raise InvalidError([Problem("secret", f"{needed}{problem}")])
