"""A JSON object to the fields of a table, with the gateway's words for what is wrong.

Names match in any letter case, unknown ones are ignored and null counts as absent.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from recado.simulator.fields import Field, Fields, Kind

Values = dict[str, Any]
"""The fields of a body under their own names; absent ones are missing."""

_GO_KINDS = {bool: "bool", int: "number", float: "number", str: "string", list: "array"}
_INTEGERS = {Kind.INT32: range(-(2**31), 2**31), Kind.INT64: range(-(2**63), 2**63)}
_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.STRING: (str,),
    Kind.BOOL: (bool,),
    Kind.FLOAT: (int, float),
    Kind.STRINGS: (list,),
    Kind.JID: (str,),
    Kind.TIME: (str,),
    Kind.STRUCT: (dict,),
    Kind.STRUCTS: (list,),
    Kind.ANYTHING: (dict,),
}
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    r"(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_DEVICE = re.compile(r"[+-]?[0-9]+")
_LAYOUT = "2006-01-02T15:04:05Z07:00"


def bound(body: Mapping[str, Any], fields: Fields, path: str) -> Values | str:
    """Return the fields that are there, or what is said of the first wrong type.

    ``path`` is the struct's name, as errors write it.
    """
    values: Values = {}
    for field, value in fields.known(body):
        complaint = _mismatch(value, field, f"{path}.{field.name}")
        if complaint is not None:
            return complaint
        values[field.name] = _taken(value, field)
    return values


def first_missing(values: Mapping[str, Any], fields: Fields) -> str | None:
    """Return the words of the first field that cannot be done without."""
    for field in fields:
        value = values.get(field.name)
        if field.needed and _is_empty(value, field):
            return field.needed
        if field.kind is Kind.STRUCT and value is not None:
            found = first_missing(value, field.fields)
            if found is not None:
                return found
    return None


def kind_of(value: object) -> str:
    """Return what the gateway's language calls a JSON value."""
    return _GO_KINDS.get(type(value), "object")


def jid_complaint(value: str) -> str | None:
    """Return what is wrong with an address; one without an @ is a mere server."""
    user, at, _ = value.partition("@")
    if not at:
        return None
    bare, colon, device = user.partition(":")
    _, dot, agent = bare.partition(".")
    if "." in agent or "." in device:
        return "unexpected number of dots in JID"
    if ":" in device:
        return "unexpected number of colons in JID"
    for part, there in ((agent, dot), (device, colon)):
        if there and not _DEVICE.fullmatch(part):
            return (
                "failed to parse device from JID: "
                f'strconv.Atoi: parsing "{part}": invalid syntax'
            )
    return None


def _mismatch(value: Any, field: Field, path: str) -> str | None:
    if not _fits(value, field.kind):
        return _refusal(value, field, path)
    look = _INSIDE.get(field.kind)
    return look(value, field, path) if look else None


def _fits(value: Any, kind: Kind) -> bool:
    if kind in _INTEGERS:
        return type(value) is int and value in _INTEGERS[kind]
    return type(value) in _TYPES[kind]


def _refusal(value: Any, field: Field, path: str) -> str:
    if field.kind is Kind.TIME:
        return "Time.UnmarshalJSON: input is not a JSON string"
    kind = kind_of(value)
    if kind == "number" and field.kind in _INTEGERS:
        kind = f"number {value}"
    return _unmarshal(kind, path, field.type_name)


def _unmarshal(kind: str, path: str, go_type: str) -> str:
    return (
        f"json: cannot unmarshal {kind} into Go struct field {path} of type {go_type}"
    )


def _items(value: list[Any], _: Field, path: str) -> str | None:
    for item in value:
        if item is not None and not isinstance(item, str):
            return _unmarshal(kind_of(item), path, "string")
    return None


def _objects(value: list[Any], field: Field, path: str) -> str | None:
    for item in value:
        if item is None:
            continue
        if not isinstance(item, dict):
            return _unmarshal(kind_of(item), path, field.go_type)
        found = bound(item, field.fields, path)
        if isinstance(found, str):
            return found
    return None


def _object(value: dict[str, Any], field: Field, path: str) -> str | None:
    found = bound(value, field.fields, path)
    return found if isinstance(found, str) else None


def _address(value: str, _: Field, __: str) -> str | None:
    return jid_complaint(value)


def _instant(value: str, _: Field, __: str) -> str | None:
    try:
        datetime.fromisoformat(value[:19])  # a 13th month has the form of a moment
        fits = _MOMENT.fullmatch(value) is not None
    except ValueError:
        fits = False
    if fits:
        return None
    return f'parsing time "{value}" as "{_LAYOUT}": cannot parse "{value}" as "2006"'


_INSIDE: dict[Kind, Callable[[Any, Field, str], str | None]] = {
    Kind.STRINGS: _items,
    Kind.STRUCTS: _objects,
    Kind.STRUCT: _object,
    Kind.JID: _address,
    Kind.TIME: _instant,
}


def _taken(value: Any, field: Field) -> Any:
    match field.kind:
        case Kind.STRUCT:
            return bound(value, field.fields, "")
        case Kind.STRUCTS:
            return [bound(item or {}, field.fields, "") for item in value]
        case Kind.STRINGS:
            return [item or "" for item in value]
        case _:
            return value


def _is_empty(value: Any, field: Field) -> bool:
    match field.kind:
        case Kind.STRINGS:
            items = value or []
            return len(items) < field.least or (field.each and "" in items)
        case Kind.JID:
            # an address is nothing without its server
            user, at, server = (value or "").partition("@")
            return not (user or (at and server and not server.startswith("@")))
        case _:
            return not value
