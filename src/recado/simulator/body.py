"""The body of a request: read and checked as the gateway does it."""

from dataclasses import dataclass

from recado import wire
from recado.errors import NotJsonError
from recado.simulator.answer import CRASHED, Answer, Asked, failure
from recado.simulator.bind import Values, bound, first_missing, kind_of
from recado.simulator.fields import Fields
from recado.simulator.number_checks import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a route takes; ``struct`` is how errors call it.

    ``check`` is the check of numbers in front of the route, None where there is none.
    """

    struct: str
    fields: Fields
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
    values = complaint or bound(given, body.fields, body.struct)
    if isinstance(values, str):
        return failure(400, values)
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
