"""Does the trigger's condition hold? One CEL expression over the event.

The library is compiled in and does not give the event loop back while it evaluates, so
what an evaluation may cost is bounded before it starts: by what the language is left
with, by the size of the expression, and by what it does with an event of this size.
"""

import difflib
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from recado import wire
from recado.errors import InvalidError, Problem, UndecidedError
from recado.intake.condition_cost import Part, most_cost, read_part
from recado.intake.fields import ABSENT, find_value
from recado.intake.whatsapp import FOUND, found
from recado.model.event import Event

MAX_LENGTH = 1_000
"""Characters of an expression."""

MAX_COST = 500_000
"""Looks at a value or at a hundred bytes; measured, none takes 100 ns."""

SHORTENED = 65_536
"""Characters of a text that a condition sees when all of it would cost too much.

No longer text can be written in WhatsApp; media inside an event are longer.
"""

MAX_VALUES_TO_SHORTEN = 20_000
"""Values that are looked through for long texts, which takes some milliseconds."""

# Without what makes long lists and texts of short ones, there is nothing that grows
# while an expression is evaluated: map and filter take quadratic time, and + (which
# exists_one needs) doubles texts. A regular expression can take long even to be read.
_LANGUAGE = """
name: recado
stdlib:
  exclude_macros: [map, filter, exists_one]
  exclude_functions:
    - name: matches
    - name: _+_
variables:
  - name: event
    type_name: map
    params:
      - type_name: string
      - type_name: dyn
"""

_MAX_LOOPS = 10_000  # passes of all loops together, which the library counts itself
_BYTES = 100
_ERROR = re.compile(r"^(?:INVALID_ARGUMENT: )?ERROR: <input>:(-?\d+):(-?\d+): (.*)$")
_QUOTED = re.compile(r'"([^"]*)"?', re.DOTALL)
_LEFT_OUT = ("matches", "map", "filter", "exists_one", "_+_")

NAMES = ("source", "event_type", "instance", "chat", "sender", "text", "data")
"""What ``event`` has, besides ``envelope`` and the names in ``whatsapp.FOUND``."""

_KNOWN = frozenset({*NAMES, "envelope", *FOUND})


def condition_problems(expression: str) -> list[str]:
    """Return what is wrong with an expression, each with its line and column."""
    try:
        _compiled(expression)
    except InvalidError as error:
        return [problem.message for problem in error.problems]
    return []


def holds(expression: str, event: Event) -> bool:
    """Tell whether a condition holds for an event.

    Raises:
        UndecidedError: It has no answer: a field is missing, types do not fit, or it
            would cost too much.
    """
    try:
        program = _compiled(expression)
    except InvalidError as error:
        raise UndecidedError(f"the condition is wrong: {error}") from error
    shown = _affordable(program.part, event)
    try:
        value = program.expression.eval(data={"event": shown})
        kind, answer = value.type().name(), value.value()
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise UndecidedError(_failure(expression, error)) from error
    if kind == "BOOL":
        return bool(answer)
    if kind == "ERROR":
        raise UndecidedError(_failure(expression, answer))
    raise UndecidedError(f"the condition gave a {kind.lower()} and not true or false")


@dataclass(frozen=True, slots=True)
class _Program:
    expression: Any
    part: Part


@cache
def _language() -> Any:
    # imported with the first condition: it takes 10 MB, and most servers have none
    from cel_expr_python import cel  # noqa: PLC0415

    return cel.NewEnv(config=cel.NewEnvConfigFromYaml(_LANGUAGE))


@lru_cache(maxsize=1_024)
def _compiled(expression: str) -> _Program:
    """Return an expression ready to run.

    Raises:
        InvalidError: It is wrong; holds all problems.
    """
    if len(expression) > MAX_LENGTH:
        raise _invalid([f"has {len(expression)} characters; {MAX_LENGTH} are allowed"])
    if expression != expression.encode(errors="replace").decode():
        raise _invalid(["holds half of a character, which is no text"])
    try:
        compiled = _language().compile(expression)
    except (RuntimeError, ValueError) as error:
        raise _invalid(_errors_in(str(error))) from error
    kind = compiled.return_type().name()
    if kind not in {"BOOL", "DYN"}:
        raise _invalid([f"must be true or false for an event; it is a {kind.lower()}"])
    part = read_part(compiled.serialize())
    if part.hides_event:
        raise _invalid(["a loop must not call its items event; take another name"])
    unknown = [_unknown(expression, name) for name in part.names if name not in _KNOWN]
    if unknown:
        raise _invalid(unknown)
    return _Program(compiled, part)


def _errors_in(text: str) -> list[str]:
    matches = [_ERROR.match(line) for line in text.splitlines()]
    told = [
        f"line {found[1]}, column {found[2]}: {_explained(found[3])}"
        for found in matches
        if found
    ]
    return told or [_first_line(text)]


def _explained(message: str) -> str:
    message = message.removesuffix(" [INVALID_ARGUMENT]").removesuffix(
        " (in container '')"
    )
    if any(f"'{name}'" in message for name in _LEFT_OUT):
        message += "; conditions do without it, because it can take long"
    return message


def _unknown(expression: str, name: str) -> str:
    at = re.search(rf"\bevent\s*\.\s*{re.escape(name)}\b", expression)
    before = expression[: at.end() - len(name)] if at else ""
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    near = difflib.get_close_matches(name, _KNOWN, n=1)
    where = f"line {line}, column {column}: an event has no {name}"
    if near:
        return f"{where}; did you mean event.{near[0]}?"
    return f"{where}; what the sender wrote is in event.data"


def _invalid(messages: list[str]) -> InvalidError:
    return InvalidError([Problem("condition", message) for message in messages])


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0][:200]


def _failure(expression: str, error: object) -> str:
    """Return in words why an evaluation failed, without what the event holds."""

    def shown(quoted: re.Match[str]) -> str:
        return quoted[0] if quoted[1] in expression else '"…"'

    told = _QUOTED.sub(shown, str(error)).strip()
    hint = "; ask has(…) first where a field can be missing" * ("NOT_FOUND" in told)
    return f"the condition failed: {_first_line(told)}{hint}"


def _affordable(part: Part, event: Event) -> dict[str, Any]:
    """Return what the condition sees of an event.

    Raises:
        UndecidedError: To look at all of it could take too long.
    """
    shown = _shown(event)
    if _cost(part, shown) <= MAX_COST:
        return shown
    if wire.encode(shown).count(b",") <= MAX_VALUES_TO_SHORTEN:
        shown = {name: _shortened(value) for name, value in shown.items()}
        if _cost(part, shown) <= MAX_COST:
            return shown
    raise UndecidedError(
        "the condition would have too much to do with an event of this size; leave "
        "such events out with event_filter, or use all and exists on shorter lists"
    )


def _shown(event: Event) -> dict[str, Any]:
    own = event.data
    around = {} if own is event.body else event.body
    return {
        **{name: getattr(event, name) for name in NAMES},
        **{name: found(event, name) for name in FOUND},
        "envelope": {name: value for name, value in around.items() if name != "data"},
    }


def _cost(part: Part, shown: dict[str, Any]) -> int:
    text = wire.encode(shown)
    size = text.count(b",") + 1 + len(text) // _BYTES

    def length_of(path: str | None) -> int:
        value = ABSENT if path is None else find_value(shown, path)
        return len(value) if isinstance(value, list | dict) else _longest(path, size)

    return most_cost(part, size, length_of=length_of)


def _longest(path: str | None, size: int) -> int:
    # a list that is not there is no list to go through
    return min(size, _MAX_LOOPS) if path is None else 0


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value[:SHORTENED]
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    if isinstance(value, dict):
        return {name: _shortened(item) for name, item in value.items()}
    return value
