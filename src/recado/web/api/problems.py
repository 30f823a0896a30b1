"""What is wrong with a request, in words: one problem per field."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from recado.errors import Problem

_MANY = "several_problems"


def several(problems: Sequence[Problem]) -> PydanticCustomError:
    """Return an error for a field that has several problems, or inner ones.

    The ``field`` of each is relative to the field that is checked; "" is itself.
    """
    pairs = [(problem.field, problem.message) for problem in problems]
    return PydanticCustomError(_MANY, "is wrong", {"problems": pairs})


def problems_of(
    errors: Iterable[Mapping[str, Any]],
    *,
    skip: int = 0,
    known: Iterable[str] = (),
) -> list[Problem]:
    """Return the problems that a validation found, without what was sent.

    ``skip`` is how many leading parts of a place are not of the document; ``known``
    are the names to suggest for one that is not known.
    """
    names = list(known)
    return [
        problem
        for error in errors
        for problem in _problems(error, skip=skip, known=names)
    ]


def _problems(
    error: Mapping[str, Any], *, skip: int, known: list[str]
) -> list[Problem]:
    place = [str(part) for part in error["loc"][skip:]]
    if error["type"] == _MANY:
        return [
            Problem(".".join([*place, field] if field else place), message)
            for field, message in error["ctx"]["problems"]
        ]
    return [Problem(".".join(place) or "body", _words(error, place, known))]


def _words(error: Mapping[str, Any], place: list[str], known: list[str]) -> str:
    if error["type"] == "missing":
        return "is required"
    if error["type"] == "extra_forbidden":
        return f"is not known{_nearest(place[-1], known)}"
    return _our_words(error)


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def _our_words(error: Mapping[str, Any]) -> str:
    words: str = error["msg"]
    for theirs, ours in (
        ("Input should be ", "must be "),
        ("Value error, ", ""),
        ("String should ", "must "),
        ("List should ", "must "),
        ("Tuple should ", "must "),
    ):
        words = words.replace(theirs, ours)
    return words
