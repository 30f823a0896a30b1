"""What a trigger's source demands of its settings and its secret."""

from collections.abc import Mapping
from typing import Any

from recado.errors import InvalidError, Problem
from recado.intake.sources.registry import SOURCES

READ_BY = {"signature": "custom", "verify_token": "meta"}
"""Settings that only one source reads."""

_DRAWN = bytes(32)


def source_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Return which settings of a trigger its source would not read."""
    settings = document.get("settings")
    if not isinstance(settings, dict):
        return []
    return [
        Problem(f"settings.{name}", f"is read by the source {source} alone")
        for name, source in READ_BY.items()
        if settings.get(name) is not None and document.get("source") != source
    ]


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
