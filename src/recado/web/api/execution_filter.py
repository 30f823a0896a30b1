"""Which executions somebody means, in a query or in the body of a bulk."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from recado.model.category import Category
from recado.model.ids import ExecutionId, TriggerId
from recado.model.status import Status
from recado.store.executions import ExecutionFilter
from recado.web.api.inputs import Input, Moment, Paged, RowId, validated

MAX_IDS = 10_000

NO_FINGERPRINT = "none"
"""Stands for the group of dead letters whose worker vanished without telling why."""


def _split(value: object) -> object:
    """Return the parts of a comma list; a list may hold such lists."""
    parts = [value] if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(one, str) for one in parts):
        return value
    return tuple(
        word.strip() for part in parts for word in part.split(",") if word.strip()
    )


def _some(ids: tuple[int, ...]) -> tuple[int, ...]:
    # none at all would not restrict, which is the opposite of what it says
    if not 1 <= len(ids) <= MAX_IDS:
        raise ValueError(f"must hold 1 to {MAX_IDS:,} ids")
    return ids


Text = Annotated[str, Field(min_length=1, max_length=200)]
Statuses = Annotated[tuple[Status, ...], BeforeValidator(_split)]


class FilterInput(Input):
    """Which executions; what is left out does not restrict.

    ``status`` is a comma list; ``fingerprint`` is ``none`` for those without one;
    ``instance`` is that of the ordering key; ``q`` is looked for in the keys, the error
    and the summary; ``since`` is included, ``until`` is not.
    """

    # texts become statuses, categories and, in a query, numbers
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    status: Statuses = ()
    category: Category | None = None
    trigger_id: RowId | None = None
    fingerprint: Text | None = None
    instance: Text | None = None
    q: Text | None = None
    since: Moment | None = None
    until: Moment | None = None


class ExecutionQuery(FilterInput, Paged):
    """A page of executions, newest first."""


class BulkFilter(FilterInput):
    """Which dead letters a bulk is about."""

    ids: Annotated[tuple[RowId, ...], AfterValidator(_some)] = ()


class BulkInput(Input):
    """A bulk. An empty filter, said so, means every dead letter."""

    filter: BulkFilter
    dry_run: bool = False


def to_filter(given: FilterInput) -> ExecutionFilter:
    """Return what the store is asked for."""
    ids = given.ids if isinstance(given, BulkFilter) else ()
    trigger_id = given.trigger_id
    return ExecutionFilter(
        ids=tuple(ExecutionId(one) for one in ids),
        statuses=given.status,
        category=given.category,
        trigger_id=None if trigger_id is None else TriggerId(trigger_id),
        fingerprint="" if given.fingerprint == NO_FINGERPRINT else given.fingerprint,
        since=given.since,
        until=given.until,
        instance=given.instance,
        q=given.q,
    )


def read_filter(described: dict[str, Any]) -> ExecutionFilter:
    """Return the filter that a bulk was started with.

    Raises:
        InvalidError: It cannot be read; holds all problems at once.
    """
    return to_filter(validated(BulkFilter, described))
