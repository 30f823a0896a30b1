"""Executions as they are read back: one, a page, and groups of dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    func,
    or_,
    select,
    text,
)

from recado.errors import NotFoundError
from recado.model.category import Category
from recado.model.execution import Attempt, Execution
from recado.model.ids import ExecutionId, TriggerId
from recado.model.status import DEAD_LETTERS, UNFINISHED, Status
from recado.store.tables import (
    DEAD_LETTER_SQL,
    UNFINISHED_SQL,
    UNUSUAL_END_SQL,
    events,
    execution_attempts,
    trigger_executions,
)

_e = trigger_executions.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionFilter:
    """Which executions; what is None or empty does not restrict.

    ``q`` is text looked for in the keys and the error. ``since`` is included,
    ``until`` is not.
    """

    ids: tuple[ExecutionId, ...] = ()
    statuses: tuple[Status, ...] = ()
    category: Category | None = None
    trigger_id: TriggerId | None = None
    fingerprint: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None

    def only_dead_letters(self) -> "ExecutionFilter":
        """Return the filter restricted to what can be replayed or discarded."""
        chosen = set(self.statuses or DEAD_LETTERS) & DEAD_LETTERS
        return ExecutionFilter(
            ids=self.ids,
            # an empty tuple would mean "any status": ask for one nobody has
            statuses=tuple(sorted(chosen)) or (Status.RUNNING,),
            category=self.category,
            trigger_id=self.trigger_id,
            fingerprint=self.fingerprint,
            since=self.since,
            until=self.until,
            q=self.q,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterGroup:
    """Dead letters with one cause. ``error`` is the newest one's."""

    fingerprint: str | None
    category: Category | None
    error: str | None
    count: int
    trigger_ids: tuple[TriggerId, ...]
    first_at: datetime
    last_at: datetime
    newest_id: ExecutionId
    may_have_acted: int


def conditions(conn: Connection, wanted: ExecutionFilter) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of a filter."""
    tests: list[tuple[object, ColumnElement[bool]]] = [
        (wanted.ids, _e.id.in_(wanted.ids)),
        (wanted.statuses, _has_one_of(wanted.statuses)),
        (wanted.category, _e.error_category == wanted.category),
        (wanted.trigger_id, _e.trigger_id == wanted.trigger_id),
        (wanted.fingerprint, _e.error_fingerprint == wanted.fingerprint),
    ]
    chosen = [test for value, test in tests if value not in (None, ())]
    if wanted.since is not None:
        chosen += [
            _e.started_at >= wanted.since,
            _e.id >= _first_id_since(conn, wanted.since),
        ]
    if wanted.until is not None:
        chosen += [
            _e.started_at < wanted.until,
            _e.id < _first_id_since(conn, wanted.until),
        ]
    if wanted.q:
        chosen.append(_mentions(wanted.q))
    return chosen


def page(
    conn: Connection,
    wanted: ExecutionFilter,
    *,
    limit: int,
    before: ExecutionId | None = None,
) -> list[Execution]:
    """Return executions, newest first, with an id lower than ``before``."""
    query = (
        _shown().where(*conditions(conn, wanted)).order_by(_e.id.desc()).limit(limit)
    )
    if before is not None:
        query = query.where(_e.id < before)
    return [_execution(row) for row in conn.execute(query)]


def get(conn: Connection, execution_id: ExecutionId) -> Execution:
    """Return one execution with its attempts.

    Raises:
        NotFoundError: There is no such execution.
    """
    row = conn.execute(_shown().where(_e.id == execution_id)).first()
    if row is None:
        raise NotFoundError(f"there is no execution {execution_id}")
    tries = conn.execute(
        select(execution_attempts)
        .where(execution_attempts.c.execution_id == execution_id)
        .order_by(execution_attempts.c.number)
    )
    return _execution(row, tuple(_attempt(attempt) for attempt in tries))


def count(conn: Connection, wanted: ExecutionFilter) -> int:
    """Return how many executions a filter matches."""
    return conn.execute(
        select(func.count())
        .select_from(trigger_executions)
        .where(*conditions(conn, wanted))
    ).scalar_one()


def dead_letter_groups(
    conn: Connection, *, trigger_id: TriggerId | None = None, limit: int = 200
) -> list[DeadLetterGroup]:
    """Return the dead letters grouped by cause, the largest group first."""
    of_trigger = [] if trigger_id is None else [_e.trigger_id == trigger_id]
    grouped = conn.execute(
        select(
            _e.error_fingerprint,
            func.count().label("size"),
            func.min(_e.id).label("first_id"),
            func.max(_e.id).label("newest_id"),
            func.sum(_e.may_have_acted).label("may_have_acted"),
        )
        .where(_is_dead(), *of_trigger)
        .group_by(_e.error_fingerprint)
        .order_by(func.count().desc())
        .limit(limit)
    ).all()
    return [_group(conn, row, of_trigger) for row in grouped]


def oldest_dead_letter_at(conn: Connection) -> datetime | None:
    """Return when the oldest dead letter was accepted; None when there is none."""
    return conn.execute(select(func.min(_e.started_at)).where(_is_dead())).scalar()


def _group(
    conn: Connection, row: Row[Any], of_trigger: Sequence[ColumnElement[bool]]
) -> DeadLetterGroup:
    newest = get(conn, row.newest_id)
    return DeadLetterGroup(
        fingerprint=row.error_fingerprint,
        category=newest.error_category,
        error=newest.error,
        count=row.size,
        trigger_ids=tuple(
            conn.execute(
                select(_e.trigger_id)
                .where(
                    _is_dead(),
                    _e.error_fingerprint.is_not_distinct_from(row.error_fingerprint),
                    *of_trigger,
                )
                .distinct()
                .order_by(_e.trigger_id)
            ).scalars()
        ),
        first_at=get(conn, row.first_id).started_at,
        last_at=newest.started_at,
        newest_id=row.newest_id,
        may_have_acted=int(row.may_have_acted),
    )


def _is_dead() -> ColumnElement[bool]:
    return _literally(DEAD_LETTER_SQL)


def _has_one_of(statuses: Sequence[Status]) -> ColumnElement[bool]:
    chosen = _e.status.in_([status.value for status in statuses])
    # Said once more, literally, so that the database sees which partial index fits.
    if UNFINISHED.issuperset(statuses):
        return and_(chosen, _literally(UNFINISHED_SQL))
    if Status.COMPLETED not in statuses and UNFINISHED.isdisjoint(statuses):
        return and_(chosen, _literally(UNUSUAL_END_SQL))
    return chosen


def _literally(sql: str) -> ColumnElement[bool]:
    # a text, because a boolean column would be compared with 1, which fits no index
    return text(sql)  # type: ignore[return-value]  # a condition all the same


def _first_id_since(conn: Connection, moment: datetime) -> int:
    """Return the lowest id accepted at a moment or later, one past the last if none.

    By halving, because ids grow with time: it costs no index on the accept path. A
    clock that was set back can put it off by the executions of that while.
    """
    newest = conn.execute(select(func.max(_e.id))).scalar() or 0
    low, high = 1, newest + 1
    while low < high:
        middle = (low + high) // 2
        at = conn.execute(
            select(_e.started_at).where(_e.id >= middle).order_by(_e.id).limit(1)
        ).scalar_one()
        if at < moment:
            low = middle + 1
        else:
            high = middle
    return low


def _mentions(part: str) -> ColumnElement[bool]:
    pattern = "%" + _escaped(part) + "%"
    return or_(
        *(
            column.like(pattern, escape="\\")
            for column in (_e.ordering_key, _e.idempotency_key, _e.error)
        )
    )


def _escaped(part: str) -> str:
    for special in ("\\", "%", "_"):
        part = part.replace(special, "\\" + special)
    return part


def _shown() -> Select[Any]:
    return select(trigger_executions, events.c.document).select_from(
        trigger_executions.outerjoin(events, and_(events.c.id == _e.root_id))
    )


def _execution(row: Row[Any], attempts: tuple[Attempt, ...] = ()) -> Execution:
    category = row.error_category
    return Execution(
        id=row.id,
        trigger_id=row.trigger_id,
        status=Status(row.status),
        event_data=row.document,
        idempotency_key=row.idempotency_key or row.released_key,
        ordering_key=row.ordering_key,
        attempt_count=row.attempt_count,
        next_attempt_at=row.due_at,
        result_summary=row.result_summary,
        error=row.error,
        error_category=None if category is None else Category(category),
        error_fingerprint=row.error_fingerprint,
        may_have_acted=row.may_have_acted,
        started_at=row.started_at,
        completed_at=row.completed_at,
        last_replay_at=row.last_replay_at,
        replay_of=row.replay_of,
        replayed_by=row.replayed_by,
        attempts=attempts,
    )


def _attempt(row: Row[Any]) -> Attempt:
    category = row.error_category
    return Attempt(
        number=row.number,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        error=row.error,
        error_category=None if category is None else Category(category),
        output=row.output,
    )
