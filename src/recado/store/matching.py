"""Which executions a filter means, found so that no query walks the whole table.

Each status a filter asks for is an arm of its own, with the index that holds it in
order of ids; the arms are merged in that order, so nothing is sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    union_all,
)

from recado.model.category import Category
from recado.model.ids import ExecutionId, TriggerId
from recado.model.status import DEAD_LETTERS, Status
from recado.store.tables import (
    RUNNING_SQL,
    UNFINISHED_BY_ID_SQL,
    UNUSUAL_SQL,
    trigger_executions,
)

NOBODY = ExecutionId(0)

_e = trigger_executions.c
_lent = trigger_executions.alias("lent")

# made once: to make it anew for each of a hundred looks costs more than the looks
_NEXT_ACCEPTED_AT = (
    select(_e.started_at).where(_e.id >= bindparam("id")).order_by(_e.id).limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionFilter:
    """Which executions; what is None or empty does not restrict.

    ``fingerprint`` "" means those without one. ``instance`` is the first part of the
    ordering key of WhatsApp's events. ``q`` is text looked for in the keys, the error
    and the summary, which holds the id of what was sent. ``since`` is included,
    ``until`` is not.
    """

    ids: tuple[ExecutionId, ...] = ()
    statuses: tuple[Status, ...] = ()
    category: Category | None = None
    trigger_id: TriggerId | None = None
    fingerprint: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    instance: str | None = None
    q: str | None = None

    @property
    def is_searched(self) -> bool:
        """Tell whether rows must be looked at one by one, as no index knows."""
        return bool(self.q or self.instance)

    def only_dead_letters(self) -> "ExecutionFilter":
        """Return the filter restricted to what can be replayed or discarded."""
        chosen = set(self.statuses or DEAD_LETTERS) & DEAD_LETTERS
        if not chosen:  # no status at all would mean any
            return replace(self, ids=(NOBODY,))
        return replace(self, statuses=tuple(sorted(chosen)))


def ids(
    conn: Connection,
    wanted: ExecutionFilter,
    *within: ColumnElement[bool],
    limit: int,
    newest_first: bool,
    skip: int = 0,
) -> list[ExecutionId]:
    """Return ids that a filter matches, in order, within more conditions."""
    arms = [
        select(_e.id.label("id")).where(*tests)
        for tests in _arms(conn, wanted, *within)
    ]
    order: ColumnElement[int] = literal_column("id")
    query: Any = arms[0] if len(arms) == 1 else union_all(*arms)
    query = query.order_by(order.desc() if newest_first else order)
    query = query.limit(limit).offset(skip or None)
    return [ExecutionId(number) for number in conn.execute(query).scalars()]


def count(
    conn: Connection, wanted: ExecutionFilter, *, may_have_acted: bool = False
) -> int:
    """Return how many executions a filter matches; reads each of them.

    With ``may_have_acted`` only those of which something may have gone out.
    """
    within = [_e.may_have_acted] if may_have_acted else []
    counting = select(func.count()).select_from(trigger_executions)
    found = [
        conn.execute(counting.where(*tests)).scalar_one()
        for tests in _arms(conn, wanted, *within)
    ]
    return sum(found)


def literally(sql: str) -> ColumnElement[bool]:
    """Return a condition as it stands in a partial index, so that it is seen to fit."""
    # a text, because a boolean column would be compared with 1, which fits no index
    return text(sql)  # type: ignore[return-value]  # a condition all the same


def _arms(
    conn: Connection, wanted: ExecutionFilter, *within: ColumnElement[bool]
) -> list[list[ColumnElement[bool]]]:
    """Return conditions of which no two match the same execution."""
    common = [*_conditions(conn, wanted), *within]
    if wanted.ids:
        known = [_e.status.in_(wanted.statuses)] if wanted.statuses else []
        return [[*common, *known]]
    if wanted.fingerprint or (wanted.category and wanted.fingerprint is None):
        # their indexes go by status too
        return [[*common, _e.status == one] for one in wanted.statuses or Status]
    if wanted.statuses:
        return [[*common, _has(one)] for one in sorted(set(wanted.statuses))]
    return [common]


def _has(status: Status) -> ColumnElement[bool]:
    """Return a condition that one partial index fits, said literally for it."""
    is_it = _e.status == status
    match status:
        case Status.COMPLETED:
            return is_it  # most rows are
        case Status.PENDING:
            return and_(is_it, literally(UNFINISHED_BY_ID_SQL))
        case Status.RUNNING:
            # Few: first all of them, because by id all that wait come in between.
            lent = select(_lent.c.id).where(
                literally(RUNNING_SQL), _lent.c.lease_until.is_not(None)
            )
            return _e.id.in_(lent)
        case _:
            return and_(is_it, literally(UNUSUAL_SQL))


def _conditions(
    conn: Connection, wanted: ExecutionFilter
) -> Sequence[ColumnElement[bool]]:
    category: ColumnElement[Any] = _e.error_category
    if wanted.fingerprint is not None:
        # hidden from its index, because the one of the fingerprint finds fewer
        category = func.coalesce(category, "")
    tests: list[tuple[object, ColumnElement[bool]]] = [
        (wanted.ids, _e.id.in_(wanted.ids)),
        (wanted.category, category == wanted.category),
        (wanted.trigger_id, _e.trigger_id == wanted.trigger_id),
        (wanted.fingerprint or None, _e.error_fingerprint == wanted.fingerprint),
    ]
    if wanted.fingerprint == "":
        tests.append(("none", _e.error_fingerprint.is_(None)))
    if wanted.instance:
        starts = f"{_escaped(wanted.instance)}|%"
        tests.append((starts, _e.ordering_key.like(starts, escape="\\")))
    chosen = [test for value, test in tests if value not in (None, ())]
    if wanted.since is not None:
        chosen += [
            _e.started_at >= wanted.since,
            _e.id >= first_ids_since(conn, [wanted.since])[0],
        ]
    if wanted.until is not None:
        chosen += [
            _e.started_at < wanted.until,
            _e.id < first_ids_since(conn, [wanted.until])[0],
        ]
    if wanted.q:
        chosen.append(_mentions(wanted.q))
    return chosen


def first_ids_since(conn: Connection, moments: Sequence[datetime]) -> list[ExecutionId]:
    """Return the lowest id accepted at each moment or later; the moments ascend.

    One past the last id if there is none. By halving, because ids grow with time: it
    costs no index on the accept path. A clock that was set back can put it off by the
    executions of that while.
    """
    newest = conn.execute(select(func.max(_e.id))).scalar() or 0
    found: list[ExecutionId] = []
    low = 1
    for moment in moments:
        high = newest + 1
        while low < high:
            middle = (low + high) // 2
            at = conn.execute(_NEXT_ACCEPTED_AT, {"id": middle}).scalar_one()
            if at < moment:
                low = middle + 1
            else:
                high = middle
        found.append(ExecutionId(low))
    return found


def _mentions(part: str) -> ColumnElement[bool]:
    pattern = "%" + _escaped(part) + "%"
    return or_(
        *(
            column.ilike(pattern, escape="\\")
            for column in (
                _e.ordering_key,
                _e.idempotency_key,
                _e.released_key,
                _e.error,
                _e.result_summary,
            )
        )
    )


def _escaped(part: str) -> str:
    for special in ("\\", "%", "_"):
        part = part.replace(special, "\\" + special)
    return part
