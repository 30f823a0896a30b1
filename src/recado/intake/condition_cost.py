"""What a condition does at most, read from its syntax tree.

The tree is the one that the library writes: ``cel.expr.CheckedExpr``, a published
protocol buffer (cel-spec, ``proto/cel/expr``), inside an ``Any``. The few fields that
matter are read by hand, which costs less than that format's own library.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

EVENT = "event"

# the numbers of fields in Any, CheckedExpr and Expr
_ANY_VALUE = 2
_CHECKED_TREE = 4
_IDENT, _SELECT, _CALL, _LIST, _STRUCT, _COMPREHENSION = range(4, 10)
_RANGE, _ENTRY_KEY, _ENTRY_VALUE = 2, 3, 4
_LENGTH_DELIMITED = 2
_LOOP_NAMES = (1, 8)  # of what a pass sees: an item, or a key and its value
_LOOP_BODY = (5, 6, 7)  # its condition, step and result


@dataclass(slots=True)
class Part:
    """What a part of an expression does.

    ``calls`` may each look at all of the event. ``names`` are the fields of the event
    that it names. ``hides_event`` tells that a loop calls its items ``event``, so that
    what is said of that name is not about the event.
    """

    calls: int = 0
    uses_event: bool = False
    hides_event: bool = False
    names: list[str] = field(default_factory=list)
    loops: "list[Loop]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Loop:
    """One ``all`` or ``exists``.

    ``path`` is where the event has its list; None when that cannot be told.
    """

    path: str | None
    body: Part


def read_part(serialized: bytes) -> Part:
    """Return what a whole expression does, from what the library writes of it."""
    [checked] = [value for number, value in _fields(serialized) if number == _ANY_VALUE]
    [tree] = [value for number, value in _fields(checked) if number == _CHECKED_TREE]
    part = Part()
    _read(tree, part)
    return part


def most_cost(part: Part, size: int, *, length_of: Callable[[str | None], int]) -> int:
    """Return how many values are looked at, at most, in an event with ``size`` of them.

    ``length_of`` returns how long the list at a path is, for None how long any can be.
    """
    cost = part.calls * size
    for loop in part.loops:
        length = length_of(loop.path)
        once = most_cost(loop.body, size, length_of=length_of)
        if loop.body.uses_event or loop.body.loops:
            cost += length * once
        else:  # it sees each item once, and together they are no more than the event
            cost += once + length * (loop.body.calls + 1)
    return cost


def _read(expression: bytes, part: Part) -> None:
    for number, value in _fields(expression):
        if number == _IDENT:
            part.uses_event |= _text(value, 1) == EVENT
        elif number == _SELECT:
            _read_select(value, part)
        elif number == _COMPREHENSION:
            _read_loop(value, part)
        elif number in {_CALL, _LIST, _STRUCT}:
            part.calls += 1
            for inner in _children(number, value):
                _read(inner, part)


def _children(kind: int, value: bytes) -> Iterator[bytes]:
    for number, inner in _fields(value):
        if kind == _STRUCT and number == _RANGE:
            entry = _fields(inner)
            yield from (one for at, one in entry if at in {_ENTRY_KEY, _ENTRY_VALUE})
        elif kind == _LIST or number != _RANGE:  # 2 is the name of the function
            yield inner


def _read_select(select: bytes, part: Part) -> None:
    path = _path(select)
    if path is not None:
        part.uses_event = True
        part.names.append(path[0])
        return
    for number, value in _fields(select):
        if number == 1:
            _read(value, part)


def _read_loop(comprehension: bytes, part: Part) -> None:
    body, path = Part(), None
    for number, value in _fields(comprehension):
        if number == _RANGE:
            _read(value, part)
            path = _path_of(value)
        elif number in _LOOP_NAMES:
            part.hides_event |= value.decode() == EVENT
        elif number in _LOOP_BODY:
            _read(value, body)
    part.uses_event |= body.uses_event
    part.hides_event |= body.hides_event
    part.names += body.names
    part.loops.append(Loop(None if path is None else ".".join(path), body))


def _path_of(expression: bytes) -> list[str] | None:
    for number, value in _fields(expression):
        if number == _SELECT:
            return _path(value)
    return None


def _path(select: bytes) -> list[str] | None:
    """Return the names after ``event`` in a chain of them, None for another chain."""
    name = _text(select, 2)
    for number, operand in _fields(select):
        if number != 1:
            continue
        for kind, value in _fields(operand):
            if kind == _IDENT and _text(value, 1) == EVENT:
                return [name]
            if kind == _SELECT and (before := _path(value)):
                return [*before, name]
    return None


def _text(message: bytes, wanted: int) -> str:
    return next(
        (value.decode() for number, value in _fields(message) if number == wanted), ""
    )


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the numbers and contents of a message's fields that have a length."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        wire_type = tag & 7
        if wire_type == _LENGTH_DELIMITED:
            length, at = _varint(message, at)
            yield tag >> 3, message[at : at + length]
            at += length
        elif wire_type == 0:
            _, at = _varint(message, at)
        else:  # a number of fixed size: 1 has 8 bytes, 5 has 4
            at += 8 if wire_type == 1 else 4


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 (the bit that says whether more follows)
            return value, at
        shift += 7
