"""One thing that the doctor found, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. Only a problem makes the command fail."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``about`` is the part it was found at, ``code`` its name for programs.

    ``text`` says what is so, ``advice`` what to do; "" when there is nothing to do.
    """

    level: Level
    about: str
    code: str
    text: str
    advice: str = ""


def ok(about: str, code: str, text: str) -> Finding:
    """Return what is as it should be."""
    return Finding(level=Level.OK, about=about, code=code, text=text)


def note(about: str, code: str, text: str, *, advice: str) -> Finding:
    """Return what could not be looked at, or is only good to know."""
    return Finding(level=Level.NOTE, about=about, code=code, text=text, advice=advice)


def warning(about: str, code: str, text: str, *, advice: str) -> Finding:
    """Return what works now and will hurt some day, or may be meant so."""
    return Finding(
        level=Level.WARNING, about=about, code=code, text=text, advice=advice
    )


def problem(about: str, code: str, text: str, *, advice: str) -> Finding:
    """Return what keeps events from arriving, or will lose them."""
    return Finding(
        level=Level.PROBLEM, about=about, code=code, text=text, advice=advice
    )
