"""Executions as they are read back: one, a page, and groups of dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    case,
    cast,
    func,
    select,
)

from recado.errors import NotFoundError
from recado.model.category import Category
from recado.model.execution import Attempt, Execution
from recado.model.ids import ExecutionId, TriggerId
from recado.model.status import Status
from recado.store import idempotency, matching
from recado.store.matching import ExecutionFilter, count
from recado.store.tables import (
    DEAD_LETTER_SQL,
    events,
    execution_attempts,
    trigger_executions,
)

__all__ = (
    "DeadLetterGroup",
    "ExecutionFilter",
    "count",
    "dead_letter_groups",
    "get",
    "oldest_dead_letter_at",
    "page",
)

SEARCHED = 100_000
"""How many executions a text is looked for in, for one page."""

LARGE_EVENT = 64 * 1024
"""Bytes from which on an event is left out of lists: media come inside events."""

_e = trigger_executions.c


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


def page(
    conn: Connection,
    wanted: ExecutionFilter,
    *,
    limit: int,
    before: ExecutionId | None = None,
) -> list[Execution]:
    """Return executions, newest first, with an id lower than ``before``.

    A text is looked for in the newest ``SEARCHED`` of those that match the rest; to
    look in older ones, go by ``before`` or ``until``.
    """
    within = [] if before is None else [_e.id < before]
    if wanted.is_searched:
        within.append(_e.id > _last_not_searched(conn, wanted, *within))
    ids = matching.ids(conn, wanted, *within, limit=limit, newest_first=True)
    found = conn.execute(_shown(largest=LARGE_EVENT).where(_e.id.in_(ids)))
    return sorted(map(_execution, found), key=lambda one: one.id, reverse=True)


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


def blocking(
    conn: Connection, trigger_id: TriggerId, key: str, *, now: datetime
) -> ExecutionId | None:
    """Return the execution whose key makes an event of that key a duplicate now."""
    holder = idempotency.holds(conn, trigger_id, key)
    found = conn.execute(select(_e.id).where(holder, _e.dedupe_until > now)).scalar()
    return None if found is None else ExecutionId(found)


def dead_letter_groups(
    conn: Connection,
    *,
    trigger_id: TriggerId | None = None,
    fingerprint: str | None = None,
    limit: int = 200,
) -> list[DeadLetterGroup]:
    """Return the dead letters grouped by cause, the largest group first.

    Reads every dead letter, from an index that holds nothing else; of a fingerprint
    ("" for none) only those of that group.
    """
    restricted: list[ColumnElement[bool]] = []
    if trigger_id is not None:
        restricted.append(_e.trigger_id == trigger_id)
    if fingerprint is not None:
        restricted.append(
            _e.error_fingerprint.is_not_distinct_from(fingerprint or None)
        )
    parts = conn.execute(
        select(
            _e.error_fingerprint,
            _e.trigger_id,
            func.count().label("size"),
            func.min(_e.id).label("first_id"),
            func.max(_e.id).label("newest_id"),
            func.sum(cast(_e.may_have_acted, Integer)).label("may_have_acted"),
        )
        .where(matching.literally(DEAD_LETTER_SQL), *restricted)
        .group_by(_e.error_fingerprint, _e.trigger_id)
    ).all()
    causes = [
        list(of_cause)
        for _, of_cause in groupby(
            sorted(parts, key=_by_cause), key=lambda part: part.error_fingerprint
        )
    ]
    causes.sort(key=lambda cause: sum(part.size for part in cause), reverse=True)
    return _groups(conn, causes[:limit])


def oldest_dead_letter_at(conn: Connection) -> datetime | None:
    """Return when the oldest dead letter was accepted; None when there is none."""
    dead = ExecutionFilter().only_dead_letters()
    ids = matching.ids(conn, dead, limit=1, newest_first=False)
    return conn.execute(select(_e.started_at).where(_e.id.in_(ids))).scalar()


def _by_cause(part: Row[Any]) -> tuple[str, TriggerId]:
    return part.error_fingerprint or "", part.trigger_id


def _groups(
    conn: Connection, causes: Sequence[Sequence[Row[Any]]]
) -> list[DeadLetterGroup]:
    firsts = [min(part.first_id for part in cause) for cause in causes]
    newest = [max(part.newest_id for part in cause) for cause in causes]
    shown = {
        row.id: row
        for row in conn.execute(
            select(_e.id, _e.error, _e.error_category, _e.started_at).where(
                _e.id.in_([*firsts, *newest])
            )
        )
    }
    return [
        _group(cause, first=shown[first], newest=shown[last])
        for cause, first, last in zip(causes, firsts, newest, strict=True)
    ]


def _group(cause: Sequence[Row[Any]], *, first: Any, newest: Any) -> DeadLetterGroup:
    return DeadLetterGroup(
        fingerprint=cause[0].error_fingerprint,
        category=_category(newest.error_category),
        error=newest.error,
        count=sum(part.size for part in cause),
        trigger_ids=tuple(part.trigger_id for part in cause),
        first_at=first.started_at,
        last_at=newest.started_at,
        newest_id=newest.id,
        may_have_acted=sum(int(part.may_have_acted) for part in cause),
    )


def _last_not_searched(
    conn: Connection, wanted: ExecutionFilter, *within: ColumnElement[bool]
) -> int:
    rest = replace(wanted, q=None, instance=None)
    last = matching.ids(conn, rest, *within, limit=1, skip=SEARCHED, newest_first=True)
    return last[0] if last else 0


def _category(value: str | None) -> Category | None:
    return None if value is None else Category(value)


def _shown(*, largest: int | None = None) -> Select[Any]:
    """Return the query of executions; events from ``largest`` bytes stay unread."""
    size, document = func.length(events.c.document), events.c.document
    read = document if largest is None else case((size < largest, document))
    return select(
        trigger_executions, read.label("document"), size.label("event_size")
    ).select_from(trigger_executions.outerjoin(events, and_(events.c.id == _e.root_id)))


def _execution(row: Row[Any], attempts: tuple[Attempt, ...] = ()) -> Execution:
    return Execution(
        id=row.id,
        trigger_id=row.trigger_id,
        status=Status(row.status),
        event_data=row.document,
        event_size=row.event_size,
        idempotency_key=row.idempotency_key or row.released_key,
        ordering_key=row.ordering_key,
        attempt_count=row.attempt_count,
        next_attempt_at=row.due_at,
        held_for=row.held_for,
        result_summary=row.result_summary,
        error=row.error,
        error_category=_category(row.error_category),
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
    return Attempt(
        number=row.number,
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome,
        error=row.error,
        error_category=_category(row.error_category),
        output=row.output,
    )
