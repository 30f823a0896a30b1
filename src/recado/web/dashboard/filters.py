"""The filter of a list, as it stands in the address bar: read, kept and written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from recado.errors import InvalidError, Problem
from recado.model.ids import ExecutionId
from recado.web.api.execution_filter import BulkFilter, ExecutionQuery
from recado.web.api.inputs import validated
from recado.web.dashboard.locales import Translator
from recado.web.dashboard.problem_words import said

FIELDS = (
    *("status", "category", "trigger_id", "instance"),
    *("fingerprint", "since", "until", "q"),
)
"""What a filter of executions may hold, in the order of the form."""

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """What an address asks for. With ``problems`` (by field) nothing is looked for."""

    values: dict[str, str]
    query: ExecutionQuery = field(default_factory=ExecutionQuery)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def before(self) -> ExecutionId | None:
        """The id that a page begins below."""
        return None if self.query.cursor is None else ExecutionId(self.query.cursor)

    @property
    def is_restricted(self) -> bool:
        """Tell whether it asks for less than everything."""
        return bool(self.values)

    def said_by(self, t: Translator) -> "AskedFor":
        """Return the same with its problems in the reader's language."""
        problems = {
            name: said(Problem(name, message), t)
            for name, message in self.problems.items()
        }
        return replace(self, problems=problems)

    def address(self, path: str, **more: object) -> str:
        """Return a path with this filter, and more, as its query."""
        return address(path, {**self.values, **more})


def read_filter(pairs: Pairs) -> AskedFor:
    """Return what an address asks for; fields that are empty or not ours are left out.

    A form sends every field, so an empty one must not restrict.
    """
    values = {name: value.strip() for name, value in pairs if name in FIELDS}
    values = {name: value for name, value in values.items() if value}
    cursor = {name: value for name, value in pairs if name == "cursor" and value}
    try:
        query = validated(ExecutionQuery, {**values, **cursor})
    except InvalidError as error:
        problems = {
            problem.field.partition(".")[0]: problem.message
            for problem in error.problems
        }
        return AskedFor(values=values, problems=problems)
    return AskedFor(values=values, query=query)


def read_selection(pairs: Pairs) -> BulkFilter:
    """Return which dead letters an address means: ticked ones, or all of a filter.

    Raises:
        InvalidError: It cannot be read, or nothing was ticked; holds all problems at
            once.
    """
    if has_boxes(pairs):
        return validated(BulkFilter, {"ids": ticked(pairs)})
    values = {name: value for name, value in pairs if name in FIELDS and value.strip()}
    return validated(BulkFilter, values)


def has_boxes(pairs: Pairs) -> bool:
    """Tell whether an address comes from a list with boxes, ticked or not.

    Such a form also sends an empty ``ids``: a browser leaves out a box that is not
    ticked, and without a restriction the address would mean every dead letter.
    """
    return any(name == "ids" for name, _ in pairs)


def ticked(pairs: Pairs) -> list[str]:
    """Return the ids of the boxes that were ticked."""
    return [value for name, value in pairs if name == "ids" and value.strip()]


def pairs_of(selection: BulkFilter) -> list[tuple[str, str]]:
    """Return a selection as the fields of a form."""
    described = selection.model_dump(mode="json", exclude_unset=True)
    ids = described.pop("ids", ())
    statuses = ",".join(described.pop("status", ()))
    pairs = [("ids", str(one)) for one in ids]
    pairs += [("status", statuses)] if statuses else []
    return pairs + [
        (name, str(value)) for name, value in described.items() if value is not None
    ]


def address(path: str, fields: dict[str, object]) -> str:
    """Return a path with a query; fields that are empty are left out."""
    return written(path, [(name, str(value or "")) for name, value in fields.items()])


def written(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return a path with a query of these pairs, without the empty ones."""
    query = urlencode([(name, value) for name, value in pairs if value])
    return f"{path}?{query}" if query else path
