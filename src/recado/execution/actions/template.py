"""Texts with ``{{ event.… }}`` in them, filled in without running foreign code.

What makes it safe: an expression reaches only the JSON values of the event, never an
attribute or a method of a Python object; there are no loops, calls or assignments;
and nothing that makes texts grow is left unbounded.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from operator import add, mod, mul
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.filters import FILTERS
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

from recado import wire
from recado.errors import UnrenderableError

TEXT_LIMIT = 4_096
RESULT_LIMIT = 65_536

_DEEPEST = 60  # far beyond what people write, far below Python's recursion limit

_KEPT_FILTERS = (
    "abs",
    "capitalize",
    "d",
    "default",
    "first",
    "float",
    "int",
    "last",
    "length",
    "lower",
    "string",
    "title",
    "trim",
    "upper",
    "urlencode",
)
_KEPT_TESTS = (
    "boolean",
    "defined",
    "eq",
    "false",
    "ge",
    "gt",
    "in",
    "le",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "sequence",
    "string",
    "true",
    "undefined",
)
_KEPT_NODES = (
    nodes.Add,
    nodes.And,
    nodes.Compare,
    nodes.CondExpr,
    nodes.Const,
    nodes.Div,
    nodes.Filter,
    nodes.FloorDiv,
    nodes.Getattr,
    nodes.Getitem,
    nodes.If,
    nodes.Keyword,
    nodes.List,
    nodes.Mod,
    nodes.Mul,
    nodes.Name,
    nodes.Neg,
    nodes.Not,
    nodes.Operand,
    nodes.Or,
    nodes.Output,
    nodes.Pos,
    nodes.Slice,
    nodes.Sub,
    nodes.Template,
    nodes.TemplateData,
    nodes.Test,
    nodes.Tuple,
)


def problems(text: str) -> list[str]:
    """Return what is wrong with a template, in words; an empty list means nothing.

    Whether an event has the fields it asks for shows only when it is filled in.
    """
    try:
        _compiled(text)
    except UnrenderableError as error:
        return [str(error)]
    return []


def render(text: str, event: Mapping[str, Any]) -> str:
    """Return the template with the values of the event in place. None becomes "".

    Raises:
        UnrenderableError: A field is missing, the text is no template, or the result
            would be longer than 65,536 characters; the message says which.
    """
    template = _compiled(text)
    parts: list[str] = []
    room = RESULT_LIMIT
    try:
        for part in template.generate(event=event):
            room -= len(part)
            if room < 0:
                raise _too_long()
            parts.append(part)
    except TemplateError as error:
        raise UnrenderableError(error.message or "it cannot be filled in") from error
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise UnrenderableError(f"it cannot be filled in: {error}") from error
    except RecursionError as error:
        raise UnrenderableError("the event is nested too deep") from error
    return "".join(parts)


def render_all(value: Any, event: Mapping[str, Any]) -> Any:
    """Return a JSON value with every text in it rendered; see ``render``."""
    if isinstance(value, str):
        return render(value, event)
    if isinstance(value, list):
        return [render_all(item, event) for item in value]
    if isinstance(value, dict):
        return {key: render_all(item, event) for key, item in value.items()}
    return value


class _Missing(StrictUndefined):
    """A field that is not there, named as the template's author knows it."""

    @property
    def _undefined_message(self) -> str:
        return f"the event has no field {self._undefined_name!r} where it is asked for"


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        # Jinja would try Python attributes too: event.data.items must be a field.
        if isinstance(obj, Undefined):
            return obj[argument]  # says which field is missing
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return self.undefined(obj=obj, name=argument)

    def call_binop(
        self, _context: Context, operator: str, left: Any, right: Any
    ) -> Any:
        for value in (left, right):
            if isinstance(value, Undefined):
                str(value)  # says which field is missing
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return _bounded(left, right)
        if operator not in _ARITHMETIC or not _are_numbers(left, right):
            raise UnrenderableError(f"{operator} is for numbers, and ** for nothing")
        return _ARITHMETIC[operator](left, right)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {"+": add, "*": mul, "%": mod}


def _join(values: Any, separator: str = ", ") -> str:
    parts: list[str] = []
    room = RESULT_LIMIT
    for value in values:
        part = str(value)
        room -= len(part) + len(separator)
        if room < -len(separator):
            raise _too_long()
        parts.append(part)
    return separator.join(parts)


def _replace(text: Any, old: str, new: str) -> str:
    whole = str(text)
    if len(whole) + whole.count(old) * len(new) > RESULT_LIMIT:
        raise _too_long()
    return whole.replace(old, new)


def _round(value: Any, digits: int = 0) -> float:
    return round(float(value), digits)


def _to_json(value: Any) -> str:
    if isinstance(value, Undefined):
        return str(value)  # says which field is missing
    return wire.encode(value).decode()


def _truncate(text: Any, length: int = 255, end: str = "…") -> str:
    whole = str(text)
    return whole if len(whole) <= length else whole[:length].rstrip() + end


def _bounded(*parts: str) -> str:
    if sum(map(len, parts)) > RESULT_LIMIT:
        raise _too_long()
    return "".join(parts)


def _are_numbers(left: Any, right: Any) -> bool:
    return isinstance(left, int | float) and isinstance(right, int | float)


def _too_long() -> UnrenderableError:
    return UnrenderableError(
        f"the result would be longer than {RESULT_LIMIT:,} characters"
    )


def _sandbox() -> _Sandbox:
    sandbox = _Sandbox(
        undefined=_Missing,
        autoescape=False,  # it makes chat texts and JSON, not HTML
        keep_trailing_newline=True,
        finalize=lambda value: "" if value is None else value,
    )
    sandbox.globals = {}
    sandbox.tests = {name: TESTS[name] for name in _KEPT_TESTS}
    sandbox.filters = {name: FILTERS[name] for name in _KEPT_FILTERS} | {
        "join": _join,
        "replace": _replace,
        "round": _round,
        "tojson": _to_json,
        "truncate": _truncate,
    }
    return sandbox


_SANDBOX = _sandbox()


@lru_cache(maxsize=512)
def _compiled(text: str) -> Template:
    if len(text) > TEXT_LIMIT:
        raise UnrenderableError(
            f"a template has at most {TEXT_LIMIT:,} characters; this has {len(text):,}"
        )
    try:
        tree = _SANDBOX.parse(text)
        for node in _all_nodes(tree):
            _refuse_unknown(node)
        return _SANDBOX.from_string(tree)
    except TemplateError as error:
        raise UnrenderableError(f"not a template: {error.message}") from error
    except (SyntaxError, RecursionError) as error:
        raise UnrenderableError("not a template: it is nested too deep") from error


def _all_nodes(tree: nodes.Template) -> Iterator[nodes.Node]:
    level: list[nodes.Node] = [tree]
    for _ in range(_DEEPEST):
        yield from level
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return
    raise UnrenderableError("not a template: it is nested too deep")


def _refuse_unknown(node: nodes.Node) -> None:
    if not isinstance(node, _KEPT_NODES):
        what = type(node).__name__.lower()
        raise UnrenderableError(
            f"line {node.lineno}: {what} is not available; there are values of "
            "`event`, filters, comparisons and if"
        )
    if isinstance(node, nodes.Name) and node.name != "event":
        raise UnrenderableError(
            f"line {node.lineno}: {node.name!r} is not known; only `event` is"
        )
    if isinstance(node, nodes.Filter) and node.name not in _SANDBOX.filters:
        raise UnrenderableError(
            f"line {node.lineno}: there is no filter {node.name!r}; there are "
            + ", ".join(sorted(_SANDBOX.filters))
        )
    if isinstance(node, nodes.Test) and node.name not in _SANDBOX.tests:
        raise UnrenderableError(f"line {node.lineno}: there is no test {node.name!r}")
