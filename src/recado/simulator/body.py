"""The body of a request: read and checked as the gateway does it."""

from dataclasses import dataclass

from recado import wire
from recado.errors import NotJsonError
from recado.simulator.answer import CRASHED, Answer, Asked, failure
from recado.simulator.bind import (
    Values,
    complaint_about,
    first_missing,
    kind_of,
    taken,
)
from recado.simulator.fields import Field
from recado.simulator.number_checks import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a route takes; ``struct`` is how errors call it.

    ``check`` is the check of numbers in front of the route, None where there is none.
    """

    struct: str
    fields: tuple[Field, ...]
    check: Check | None = None


def read_body(asked: Asked, body: Body) -> Values | Answer:
    """Return the fields of the body under their own names, or the refusal."""
    checked = body.check is not None and asked.says_json
    try:
        given = wire.decode(asked.body)
    except NotJsonError:
        return _unreadable(asked, checked=checked)
    if given is None:  # passes the first check and then crashes the request
        return CRASHED
    if not isinstance(given, dict):
        return _no_object(given, body, checked=checked)
    complaint = body.check(given) if body.check and checked else None
    complaint = complaint or complaint_about(given, body.fields, body.struct)
    if complaint is not None:
        return failure(400, complaint)
    values = taken(given, body.fields)
    missing = first_missing(values, body.fields)
    return values if missing is None else failure(400, missing)


def _unreadable(asked: Asked, *, checked: bool) -> Answer:
    if checked:
        return failure(400, "Invalid JSON format")
    # where the text breaks is not worked out
    return failure(400, "unexpected EOF" if asked.body.strip() else "EOF")


def _no_object(given: object, body: Body, *, checked: bool) -> Answer:
    if checked:
        return failure(400, "Invalid JSON format")
    return failure(
        400,
        f"json: cannot unmarshal {kind_of(given)} into Go value of type {body.struct}",
    )
