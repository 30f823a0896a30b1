"""No query on a growing table may read all of it."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event

from recado.errors import NotFoundError
from recado.model.category import Category
from recado.model.ids import ExecutionId, TriggerId
from recado.model.status import Status
from recado.store import (
    activity,
    audit,
    bulks,
    circuits,
    counters,
    executions,
    matching,
    rejections,
)
from recado.store.bulks import Bulk, BulkKind, BulkState
from recado.store.columns import to_micros
from recado.store.executions import ExecutionFilter
from recado.store.sqlite import accepting, claiming, leases, settling
from tests.helpers.builders import NOON

GROWING = (
    *("trigger_executions", "events", "execution_attempts", "counters", "audit"),
    *("x", "e"),
)

HOT = {
    "the duplicate check": accepting._INSERT,
    "the duplicate check of many": accepting._UNORDERED.statement(3, 6),
    "the release of a key": accepting._RELEASE_KEY,
    "those that wait after all": accepting._LATER_WAIT,
    "the next in order": settling._NEXT_IN_ORDER,
    "the claim": claiming._DUE.format(room="AND x.trigger_id NOT IN (1, 2)"),
    "the loan": claiming._LEND,
    "the settlement": settling._SETTLE,
    "the rescue": leases._VANISHED,
    "the extension": leases._EXTEND,
    "the release of what is held": leases._HELD,
    "the last id": "SELECT coalesce(max(id), 0) FROM trigger_executions",
    "the ids of a batch": "SELECT id FROM trigger_executions WHERE id >= ?",
}

FILTERS = {
    "everything": ExecutionFilter(),
    **{f"{status} ones": ExecutionFilter(statuses=(status,)) for status in Status},
    "two statuses": ExecutionFilter(statuses=(Status.FAILED, Status.HELD)),
    "an end and a wait": ExecutionFilter(statuses=(Status.RETRYING, Status.DISCARDED)),
    "a category": ExecutionFilter(category=Category.PERMANENT),
    "a trigger": ExecutionFilter(trigger_id=TriggerId(1)),
    "a fingerprint": ExecutionFilter(fingerprint="f1"),
    "a fingerprint and a category": ExecutionFilter(
        category=Category.TRANSIENT, fingerprint="f1"
    ),
    "a time": ExecutionFilter(since=NOON, until=NOON + timedelta(days=1)),
    "ids": ExecutionFilter(ids=(ExecutionId(1), ExecutionId(2))),
    "a text": ExecutionFilter(q="abc"),
    "an instance": ExecutionFilter(instance="sales"),
    "a status and an instance": ExecutionFilter(
        statuses=(Status.HELD,), instance="sales"
    ),
    "no fingerprint": ExecutionFilter(fingerprint="").only_dead_letters(),
    "no fingerprint, but a category": ExecutionFilter(
        category=Category.TRANSIENT, fingerprint=""
    ).only_dead_letters(),
    "dead letters": ExecutionFilter().only_dead_letters(),
    "dead letters of a trigger": ExecutionFilter(
        trigger_id=TriggerId(1)
    ).only_dead_letters(),
    "dead letters of a category": ExecutionFilter(
        category=Category.PERMANENT
    ).only_dead_letters(),
    "dead letters of a time": ExecutionFilter(
        since=NOON, until=NOON + timedelta(days=1)
    ).only_dead_letters(),
    "dead letters with a text": ExecutionFilter(q="abc").only_dead_letters(),
    "a group": ExecutionFilter(fingerprint="f1").only_dead_letters(),
}

# What is allowed, by query, and why; any other walk or sort is refused.
ALLOWED = {
    "everything": (
        "SCAN trigger_executions",
        "without a cursor, walks the primary key from its end and stops at LIMIT",
    ),
    "completed ones": (
        "SCAN trigger_executions",
        "as for everything: most rows are completed",
    ),
    "a text": (
        "SCAN trigger_executions",
        "looks for where to stop: at most executions.SEARCHED rows from the end",
    ),
    "an instance": (
        "SCAN trigger_executions",
        "as for a text",
    ),
    "groups": (
        "SCAN trigger_executions USING COVERING INDEX ix_executions_dead",
        "counts every dead letter, in an index of nothing but dead letters",
    ),
}

A_BULK = Bulk(
    id=1,
    kind=BulkKind.REPLAY,
    filter={},
    state=BulkState.RUNNING,
    actor="key:ops",
    total=0,
    done=0,
    failed=0,
    last_id=10,
    max_id=100_000,
    created_at=NOON,
    finished_at=None,
)

_FILL = """
WITH RECURSIVE numbers (n) AS (
  SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last
)
INSERT INTO trigger_executions (id, trigger_id, root_id, status, idempotency_key,
  due_at, held_for, lease_worker, lease_until, attempt_count, failure_count, error,
  error_category, error_fingerprint, may_have_acted, started_at, completed_at)
SELECT n, :trigger, n, :status, 'key-' || n,
  CASE WHEN :status IN ('pending', 'retrying') THEN :at + n END,
  CASE WHEN :status = 'held' THEN 'instance:a' END,
  CASE WHEN :status = 'running' THEN 'ana' END,
  CASE WHEN :status = 'running' THEN :at + n END,
  1, 1, :error, :category, :fingerprint, 0, :at + n,
  CASE WHEN :status NOT IN ('pending', 'running', 'retrying', 'held') THEN :at + n END
FROM numbers
"""


def fill(
    path: Path,
    status: Status,
    *,
    first: int,
    last: int,
    trigger: int = 1,
    category: Category | None = None,
    fingerprint: str | None = None,
) -> None:
    values = {
        "status": status.value,
        "first": first,
        "last": last,
        "trigger": trigger,
        "at": to_micros(NOON),
        "error": None if category is None else "HTTP 503",
        "category": category,
        "fingerprint": fingerprint,
    }
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_FILL, values)


@pytest.fixture(scope="session")
def some_of_each(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with ten executions of each status, never analyzed."""
    path = tmp_path_factory.mktemp("plans") / "recado.db"
    shutil.copy(migrated_file, path)
    for n, status in enumerate(Status):
        failed = status not in {Status.PENDING, Status.RUNNING, Status.COMPLETED}
        fill(
            path,
            status,
            first=1 + 10 * n,
            last=10 + 10 * n,
            category=Category.PERMANENT if failed else None,
            fingerprint="f1" if failed else None,
        )
    return path


@pytest.fixture
def connection(some_of_each: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(f"file:{some_of_each}?mode=ro", uri=True)
    yield opened
    opened.close()


def costly(connection: sqlite3.Connection, statement: str, values: int) -> list[str]:
    """Return the steps of a plan that walk a growing table or sort what they found."""
    plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", [None] * values)
    return [
        step
        for *_, step in plan
        if step.startswith("USE TEMP B-TREE")
        or (step.startswith("SCAN") and step.split()[1] in GROWING)
    ]


def statements_of(path: Path, query: Any, *args: Any, **kwargs: Any) -> list[Any]:
    engine = create_engine(f"sqlite:///{path}")
    seen: list[Any] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _k, statement, parameters, _x, _m: seen.append(
            (statement, len(parameters))
        ),
    )
    with engine.connect() as conn, contextlib.suppress(NotFoundError):
        query(conn, *args, **kwargs)
    engine.dispose()
    return seen


def costly_steps_of(
    path: Path, connection: sqlite3.Connection, query: Any, *args: Any, **kwargs: Any
) -> list[str]:
    seen = statements_of(path, query, *args, **kwargs)
    assert seen
    return [step for one in seen for step in costly(connection, *one)]


@pytest.mark.parametrize("name", HOT)
def test_the_hot_path_never_scans(connection: sqlite3.Connection, name: str) -> None:
    statement = HOT[name]
    values = max(
        [statement.count("?")]
        if "?1" not in statement
        else [n for n in range(1, 20) if f"?{n}" in statement]
    )

    assert costly(connection, statement, values) == []


def test_a_step_over_a_whole_table_or_a_sort_is_noticed(
    connection: sqlite3.Connection,
) -> None:
    statement = "SELECT id FROM trigger_executions ORDER BY error"

    assert costly(connection, statement, 0) == [
        "SCAN trigger_executions",
        "USE TEMP B-TREE FOR ORDER BY",
    ]


def test_the_duplicate_check_uses_its_index(connection: sqlite3.Connection) -> None:
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM trigger_executions WHERE trigger_id = 1 "
        "AND idempotency_key = 'k' AND idempotency_key IS NOT NULL "
        "AND replay_of IS NULL"
    )

    assert "uq_trigger_idem" in " ".join(row[-1] for row in plan)


def test_the_claim_reads_only_what_is_due(connection: sqlite3.Connection) -> None:
    plan = connection.execute(
        "EXPLAIN QUERY PLAN " + claiming._DUE.format(room=""), (0, 1)
    )

    assert "ix_executions_due (due_at>? AND due_at<?)" in " ".join(
        row[-1] for row in plan
    )


@pytest.mark.parametrize("before", [None, ExecutionId(500)])
@pytest.mark.parametrize("name", FILTERS)
def test_no_page_scans_or_sorts(
    some_of_each: Path,
    connection: sqlite3.Connection,
    name: str,
    before: ExecutionId | None,
) -> None:
    steps = costly_steps_of(
        some_of_each,
        connection,
        executions.page,
        FILTERS[name],
        limit=50,
        before=before,
    )

    assert [step for step in steps if step not in ALLOWED.get(name, ())] == []


@pytest.mark.parametrize("name", FILTERS)
def test_no_group_of_a_bulk_scans_or_sorts(
    some_of_each: Path, connection: sqlite3.Connection, name: str
) -> None:
    steps = costly_steps_of(
        some_of_each, connection, bulks.next_ids, A_BULK, FILTERS[name], limit=25
    )

    assert steps == []


OTHERS: dict[str, tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = {
    "one": (executions.get, (1,), {}),
    "groups": (executions.dead_letter_groups, (), {}),
    "one group": (executions.dead_letter_groups, (), {"fingerprint": "f1"}),
    "the group of none": (executions.dead_letter_groups, (), {"fingerprint": ""}),
    "the oldest dead letter": (executions.oldest_dead_letter_at, (), {}),
    "totals": (counters.totals, (), {"now": NOON, "window": timedelta(days=1)}),
    "what is held": (circuits.held_counts, (), {}),
    "the dead letters of a group that may have acted": (
        matching.count,
        (ExecutionFilter(fingerprint="f1").only_dead_letters(),),
        {"may_have_acted": True},
    ),
    "the changes of a trigger": (audit.changes_of, ("trigger:1",), {"since": NOON}),
    "hours of a chart": (
        activity.by_hours,
        (),
        {"until": NOON, "slots": 24, "hours_each": 1},
    ),
    "minutes of a chart": (
        activity.by_minutes,
        ([NOON - timedelta(minutes=5), NOON + timedelta(minutes=5)],),
        {},
    ),
    "rejections": (rejections.newest, (1,), {"limit": 50}),
    "the next due moment": (leases.next_due_at, ((1, 2),), {}),
}


@pytest.mark.parametrize("name", OTHERS)
def test_no_other_query_scans_or_sorts(
    some_of_each: Path, connection: sqlite3.Connection, name: str
) -> None:
    query, args, kwargs = OTHERS[name]

    steps = costly_steps_of(some_of_each, connection, query, *args, **kwargs)

    assert [step for step in steps if step not in ALLOWED.get(name, ())] == []


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed_is_needed(
    some_of_each: Path, connection: sqlite3.Connection, name: str
) -> None:
    query, args, kwargs = OTHERS.get(
        name, (executions.page, (FILTERS.get(name),), {"limit": 50})
    )

    steps = costly_steps_of(some_of_each, connection, query, *args, **kwargs)

    assert ALLOWED[name][0] in steps


# A plan does not tell how many rows are looked at and passed over: so count the steps.
MANY = 4_000
FEW = 2 * MANY  # steps of SQLite's machine; to look at a row takes ten


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Many executions of one kind, all newer than some of each kind."""

    path: Path
    status: Status


@pytest.fixture(
    scope="module",
    params=[Status.COMPLETED, Status.FAILED, Status.PENDING, Status.HELD],
)
def crowd(
    request: pytest.FixtureRequest,
    some_of_each: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Crowd:
    path = tmp_path_factory.mktemp("crowd") / "recado.db"
    shutil.copy(some_of_each, path)
    failed = request.param in {Status.FAILED, Status.HELD}
    fill(
        path,
        request.param,
        first=1_000,
        last=1_000 + MANY,
        category=Category.TRANSIENT if failed else None,
        fingerprint="f2" if failed else None,
    )
    return Crowd(path=path, status=request.param)


def work_of(path: Path, query: Any, *args: Any, **kwargs: Any) -> int:
    """Return the steps of SQLite's machine, in hundreds, that a query took."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 100
        return 0

    engine = create_engine(f"sqlite:///{path}")
    event.listen(
        engine,
        "connect",
        lambda connection, _: connection.set_progress_handler(count, 100),
    )
    with engine.connect() as conn:
        query(conn, *args, **kwargs)
    engine.dispose()
    return steps


# filters that walk past the crowd, by the crowd, and why that is borne
PAST_THE_CROWD = {
    **{
        ("completed ones", status): "they have no index, because most rows are these"
        for status in (Status.FAILED, Status.PENDING, Status.HELD)
    },
    ("pending ones", Status.HELD): "an index by status is written at each move",
    **{
        (name, status): "it is looked for in each row, up to executions.SEARCHED"
        for status in Status
        for name in ("a text", "an instance")
    },
    ("a status and an instance", Status.HELD): "as for a text, in those of the status",
    ("no fingerprint", Status.FAILED): "looks at every dead letter",
    ("no fingerprint, but a category", Status.FAILED): "looks at every dead letter",
    ("dead letters of a trigger", Status.FAILED): "looks at every dead letter",
    ("dead letters with a text", Status.FAILED): "looks at every dead letter",
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_page_does_not_walk_past_a_crowd(crowd: Crowd, name: str) -> None:
    if (name, crowd.status) in PAST_THE_CROWD:
        return

    steps = work_of(crowd.path, executions.page, FILTERS[name], limit=50)

    assert steps < FEW


@pytest.mark.parametrize("name", FILTERS)
def test_a_group_of_a_bulk_does_not_walk_past_a_crowd(crowd: Crowd, name: str) -> None:
    if (name, crowd.status) in PAST_THE_CROWD:
        return

    steps = work_of(crowd.path, bulks.next_ids, A_BULK, FILTERS[name], limit=25)

    assert steps < FEW


def test_the_oldest_dead_letter_is_found_at_once(crowd: Crowd) -> None:
    assert work_of(crowd.path, executions.oldest_dead_letter_at) < FEW


def test_all_time_numbers_cost_the_same_after_a_year(
    migrated_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "recado.db"
    shutil.copy(migrated_file, path)
    hour = to_micros(NOON) // counters.MICROS_PER_HOUR
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            counters.ADD,
            [
                (f"status:{status}", hour - 100 - ago, 1, 1)
                for status in Status
                for ago in range(MANY // 10)
            ],
        )

    steps = work_of(path, counters.totals, now=NOON, window=timedelta(days=1))

    assert steps < FEW
