"""The body of ``POST /send/text``: checked as the gateway does it, and answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from recado import wire
from recado.errors import NotJsonError
from recado.simulator.answer import CRASHED, Answer, Asked, failure
from recado.simulator.recipient import clean

_INT32 = range(-(2**31), 2**31)
_STRUCT = "TextStruct"

_QUOTED = {"messageId": "string", "participant": "string"}
_FIELDS: dict[str, str] = {
    "number": "string",
    "text": "string",
    "id": "string",
    "delay": "int32",
    "mentionedJid": "[]string",
    "mentionAll": "bool",
    "formatJid": "bool",
    "quoted": "struct",
}
_SPELLED = {name.lower(): name for name in _FIELDS}
_QUOTED_SPELLED = {name.lower(): name for name in _QUOTED}
_GO_KIND = {bool: "bool", int: "number", float: "number", str: "string", list: "array"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendText:
    """A request that passed the checks; ``delay`` is milliseconds."""

    number: str
    text: str
    id: str = ""
    delay: int = 0
    mentioned: tuple[str, ...] = ()
    quoted: Mapping[str, str] = field(default_factory=dict)


def read_send_text(asked: Asked) -> SendText | Answer:
    """Return what is to be sent, or the refusal."""
    try:
        body = wire.decode(asked.body)
    except NotJsonError:
        return _unreadable(asked)
    if body is None:  # passes the first check and then crashes the request
        return CRASHED
    if not isinstance(body, dict):
        return _no_object(asked, body)
    if asked.says_json:
        problem = _number_problem(body)
        if problem is not None:
            return failure(400, problem)
    bound = _bind(body)
    if isinstance(bound, str):
        return failure(400, bound)
    return _required(bound, rewrite=asked.says_json)


def _unreadable(asked: Asked) -> Answer:
    if asked.says_json:
        return failure(400, "Invalid JSON format")
    # where the text breaks is not worked out
    return failure(400, "unexpected EOF" if asked.body.strip() else "EOF")


def _no_object(asked: Asked, body: object) -> Answer:
    if asked.says_json:
        return failure(400, "Invalid JSON format")
    return failure(
        400, f"json: cannot unmarshal {_kind(body)} into Go value of type {_STRUCT}"
    )


def _number_problem(body: Mapping[str, Any]) -> str | None:
    """Return what the check in front of the route finds; it knows one spelling."""
    if body.get("formatJid") is False or "number" not in body:
        return None
    number = body["number"]
    if isinstance(number, str):
        if not number:
            return "number is required and cannot be empty"
        return None if clean(number) else "Invalid number format: invalid number format"
    if not isinstance(number, list):
        return "number must be a string or array of strings"
    return None if number else "number array cannot be empty"


def _bind(body: Mapping[str, Any]) -> dict[str, Any] | str:
    """Return the known fields under their own names, or the complaint of the first."""
    bound: dict[str, Any] = {}
    for given, value in sorted(body.items()):
        name = _SPELLED.get(given.lower())
        if name is None or value is None:
            continue
        complaint = _mismatch(value, _FIELDS[name], f"{_STRUCT}.{name}")
        if complaint is not None:
            return complaint
        bound[name] = value
    return bound


def _mismatch(value: Any, go_type: str, path: str) -> str | None:
    if value is None or _fits(value, go_type):
        return _mismatch_inside(value, path)
    kind = _kind(value)
    if kind == "number" and go_type == "int32":
        kind = f"number {value}"
    return (
        f"json: cannot unmarshal {kind} into Go struct field {path} "
        f"of type {_named(go_type)}"
    )


def _mismatch_inside(value: Any, path: str) -> str | None:
    if isinstance(value, list):
        found = (_mismatch(item, "string", path) for item in value)
        return next((complaint for complaint in found if complaint), None)
    if isinstance(value, dict):
        found = (
            _mismatch(item, "string", f"{path}.{_QUOTED_SPELLED[name.lower()]}")
            for name, item in value.items()
            if name.lower() in _QUOTED_SPELLED
        )
        return next((complaint for complaint in found if complaint), None)
    return None


def _fits(value: Any, go_type: str) -> bool:
    kind = type(value)
    match go_type:
        case "int32":
            return kind is int and value in _INT32
        case "bool":
            return kind is bool
        case "[]string":
            return kind is list
        case "struct":
            return kind is dict
        case _:
            return kind is str


def _named(go_type: str) -> str:
    return "QuotedStruct" if go_type == "struct" else go_type


def _kind(value: object) -> str:
    return _GO_KIND.get(type(value), "object")


def _required(bound: Mapping[str, Any], *, rewrite: bool) -> SendText | Answer:
    number, text = bound.get("number", ""), bound.get("text", "")
    if not number:
        return failure(400, "phone number is required")
    if not text:
        return failure(400, "message body is required")
    if rewrite and bound.get("formatJid", True):
        number = clean(number) or number
    return SendText(
        number=number,
        text=text,
        id=bound.get("id", ""),
        delay=bound.get("delay", 0),
        mentioned=tuple(jid or "" for jid in bound.get("mentionedJid", ())),
        quoted=_quoted(bound.get("quoted", {})),
    )


def _quoted(given: Mapping[str, str | None]) -> dict[str, str]:
    return {
        _QUOTED_SPELLED[name.lower()]: value
        for name, value in given.items()
        if value and name.lower() in _QUOTED_SPELLED
    }
