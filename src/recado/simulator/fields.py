"""What fields a body has: the small language of the tables beside the routes.

A table says of each field how it is called, of what kind it is and, when the route
cannot do without it, the words it is asked for with.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """A type of the gateway's language, by the name that its errors use."""

    STRING = "string"
    BOOL = "bool"
    INT32 = "int32"
    INT64 = "int"
    FLOAT = "float64"
    STRINGS = "[]string"
    JID = "types.JID"
    TIME = "time.Time"
    STRUCT = "struct"
    STRUCTS = "[]struct"
    ANYTHING = "map"


class Fields:
    """Fields in their order, which are found by their names in any letter case."""

    def __init__(self, *fields: "Field") -> None:
        self._fields = fields
        self._named = {field.name.lower(): field for field in fields}

    def __iter__(self) -> Iterator["Field"]:
        return iter(self._fields)

    def known(self, body: Mapping[str, Any]) -> Iterator[tuple["Field", Any]]:
        """Return what a body says of them; null counts as absent."""
        for name in sorted(body):
            field = self._named.get(name.lower())
            if field is not None and body[name] is not None:
                yield field, body[name]


NO_FIELDS = Fields()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. ``needed`` is what the gateway says when it is empty or missing.

    Empty is what the gateway's language has for nothing: "", 0, false, no items. An
    array is also too short below ``least`` items, and with ``each`` when one of them
    is empty. ``fields`` are those inside an object; ``go_type`` is how errors call it.
    """

    name: str
    kind: Kind
    needed: str = ""
    fields: Fields = NO_FIELDS
    go_type: str = ""
    least: int = 1
    each: bool = False

    @property
    def type_name(self) -> str:
        """Return how an error names the type."""
        return self.go_type or str(self.kind)


def text(name: str, needed: str = "") -> Field:
    """Return a field for a text."""
    return Field(name=name, kind=Kind.STRING, needed=needed)


def flag(name: str) -> Field:
    """Return a field that is true or false."""
    return Field(name=name, kind=Kind.BOOL)


def number(name: str, needed: str = "") -> Field:
    """Return a field for a number with a fraction; 0 counts as missing."""
    return Field(name=name, kind=Kind.FLOAT, needed=needed)


def whole(name: str, *, kind: Kind = Kind.INT64) -> Field:
    """Return a field for a whole number."""
    return Field(name=name, kind=kind)


def texts(name: str, needed: str = "", *, least: int = 1, each: bool = False) -> Field:
    """Return a field for an array of texts."""
    return Field(name=name, kind=Kind.STRINGS, needed=needed, least=least, each=each)


def jid(name: str, needed: str = "") -> Field:
    """Return a field for an address, which is taken apart while it is read."""
    return Field(name=name, kind=Kind.JID, needed=needed)


def moment(name: str) -> Field:
    """Return a field for a moment as of RFC 3339."""
    return Field(name=name, kind=Kind.TIME)


def anything(name: str) -> Field:
    """Return a field for an object that is not looked into."""
    return Field(name=name, kind=Kind.ANYTHING)


def inside(name: str, go_type: str, *fields: Field, needed: str = "") -> Field:
    """Return a field for an object; what it needs is asked for when it is there."""
    return Field(
        name=name,
        kind=Kind.STRUCT,
        go_type=go_type,
        fields=Fields(*fields),
        needed=needed,
    )


def many(name: str, go_type: str, *fields: Field) -> Field:
    """Return a field for an array of objects."""
    return Field(name=name, kind=Kind.STRUCTS, go_type=go_type, fields=Fields(*fields))
