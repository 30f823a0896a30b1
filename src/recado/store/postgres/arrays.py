"""Columns of many rows as arrays, in PostgreSQL's binary form.

A group of rows travels as one parameter per column. The types are said outright,
where psycopg would choose them by the values: then a statement is prepared once.
"""

import struct
from collections.abc import Iterable

from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format
from psycopg.types.string import StrDumper

_HEAD = struct.Struct("!iiIii")  # dimensions, has nulls, type, length, first index
_EMPTY = struct.Struct("!iiI")
_LENGTH = struct.Struct("!i")
_BIGINT = struct.Struct("!iq")
_NULL = _LENGTH.pack(-1)


class Bigints(list[int | None]):
    """A ``bigint[]``."""


class Texts(list[str | None]):
    """A ``text[]``."""


class Byteas(list[bytes]):
    """A ``bytea[]``."""


class Bools(list[bool]):
    """A ``boolean[]``."""


def as_text(value: str) -> bytes:
    """Return what the database takes for a text: it knows no NUL and no surrogates."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace")


class _TextDumper(StrDumper):
    def dump(self, obj: str) -> bytes:
        return as_text(obj)


class _ArrayDumper(Dumper):
    format = Format.BINARY
    item_oid = 0

    def dump(self, obj: list[object]) -> bytes:
        if not obj:
            return _EMPTY.pack(0, 0, self.item_oid)
        head = _HEAD.pack(1, int(None in obj), self.item_oid, len(obj), 1)
        return b"".join((head, *self.items(obj)))

    def items(self, obj: list[object]) -> Iterable[bytes]:
        raise NotImplementedError


class _BigintsDumper(_ArrayDumper):
    oid, item_oid = 1016, 20

    def items(self, obj: list[object]) -> Iterable[bytes]:
        pack = _BIGINT.pack
        return [_NULL if one is None else pack(8, one) for one in obj]


class _BytesDumper(_ArrayDumper):
    oid, item_oid = 1001, 17

    def items(self, obj: list[object]) -> Iterable[bytes]:
        pack = _LENGTH.pack
        for one in obj:
            content = self.content(one)
            yield _NULL if content is None else pack(len(content)) + content

    def content(self, one: object) -> bytes | None:
        return one if isinstance(one, bytes) else None


class _TextsDumper(_BytesDumper):
    oid, item_oid = 1009, 25

    def content(self, one: object) -> bytes | None:
        return as_text(one) if isinstance(one, str) else None


class _BoolsDumper(_BytesDumper):
    oid, item_oid = 1000, 16

    def content(self, one: object) -> bytes | None:
        return b"\1" if one else b"\0"


def register(adapters: AdaptersMap) -> None:
    """Teach a connection these types, and its texts what no text may hold."""
    adapters.register_dumper(str, _TextDumper)
    adapters.register_dumper(Bigints, _BigintsDumper)
    adapters.register_dumper(Texts, _TextsDumper)
    adapters.register_dumper(Byteas, _BytesDumper)
    adapters.register_dumper(Bools, _BoolsDumper)
