"""No query on a growing table may read all of it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event

from recado.errors import NotFoundError
from recado.model.category import Category
from recado.model.ids import ExecutionId, TriggerId
from recado.model.status import Status
from recado.store import bulks, counters, executions, rejections
from recado.store.bulks import Bulk, BulkKind, BulkState
from recado.store.executions import ExecutionFilter
from recado.store.sqlite import leases, queue
from tests.helpers.builders import NOON

GROWING = ("trigger_executions", "events", "execution_attempts", "counters")

HOT = {
    "the duplicate check": queue._INSERT,
    "the release of a key": queue._RELEASE_KEY,
    "the next in order": queue._NEXT_IN_ORDER,
    "the claim": queue._DUE.format(room="AND x.trigger_id NOT IN (1, 2)"),
    "the loan": queue._LEND,
    "the settlement": queue._SETTLE,
    "the rescue": leases._VANISHED,
    "the extension": leases._EXTEND,
    "the release of what is held": leases._HELD,
    "the next due moment": (
        "SELECT min(due_at) FROM trigger_executions WHERE due_at IS NOT NULL"
    ),
    "the last id": "SELECT coalesce(max(id), 0) FROM trigger_executions",
    "the ids of a batch": "SELECT id FROM trigger_executions WHERE id >= ?",
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
    max_id=1000,
    created_at=NOON,
    finished_at=None,
)


@pytest.fixture
def connection(migrated_file: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(f"file:{migrated_file}?mode=ro", uri=True)
    yield opened
    opened.close()


def scans(connection: sqlite3.Connection, statement: str, values: int) -> list[str]:
    """Return the steps of a plan that read a whole growing table."""
    plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", [None] * values)
    names = (*GROWING, "x", "e")
    return [
        step
        for *_, step in plan
        if step.startswith("SCAN")
        and step.split()[1] in names
        and "USING" not in step.upper()
    ]


@pytest.mark.parametrize("name", HOT)
def test_the_hot_path_never_scans(connection: sqlite3.Connection, name: str) -> None:
    statement = HOT[name]
    values = max(
        [statement.count("?")]
        if "?1" not in statement
        else [n for n in range(1, 20) if f"?{n}" in statement]
    )

    assert scans(connection, statement, values) == []


def test_the_duplicate_check_uses_its_index(connection: sqlite3.Connection) -> None:
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM trigger_executions WHERE trigger_id = 1 "
        "AND idempotency_key = 'k' AND idempotency_key IS NOT NULL "
        "AND replay_of IS NULL"
    )

    assert "uq_trigger_idem" in " ".join(row[-1] for row in plan)


def test_the_claim_reads_only_what_is_due(connection: sqlite3.Connection) -> None:
    plan = connection.execute(
        "EXPLAIN QUERY PLAN " + queue._DUE.format(room=""), (0, 1)
    )

    assert "ix_executions_due (due_at>? AND due_at<?)" in " ".join(
        row[-1] for row in plan
    )


FILTERS = {
    "everything": ExecutionFilter(),
    "a status": ExecutionFilter(statuses=(Status.FAILED,)),
    "two statuses": ExecutionFilter(statuses=(Status.FAILED, Status.HELD)),
    "a category": ExecutionFilter(category=Category.PERMANENT),
    "a trigger": ExecutionFilter(trigger_id=TriggerId(1)),
    "a fingerprint": ExecutionFilter(fingerprint="f"),
    "a time": ExecutionFilter(since=NOON, until=NOON + timedelta(days=1)),
    "ids": ExecutionFilter(ids=(ExecutionId(1), ExecutionId(2))),
    "dead letters": ExecutionFilter().only_dead_letters(),
    "a group": ExecutionFilter(fingerprint="f").only_dead_letters(),
}


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


@pytest.mark.parametrize("name", FILTERS)
def test_no_list_scans(
    migrated_file: Path, connection: sqlite3.Connection, name: str
) -> None:
    seen = statements_of(
        migrated_file,
        executions.page,
        FILTERS[name],
        limit=50,
        before=ExecutionId(500),
    )

    assert [step for one in seen for step in scans(connection, *one)] == []


@pytest.mark.parametrize(
    ("query", "args", "kwargs"),
    [
        (executions.get, (1,), {}),
        (executions.dead_letter_groups, (), {}),
        (executions.oldest_dead_letter_at, (), {}),
        (counters.totals, (), {"now": NOON, "window": timedelta(days=1)}),
        (rejections.newest, (1,), {"limit": 50}),
        (bulks.next_ids, (A_BULK, ExecutionFilter()), {"limit": 25}),
    ],
)
def test_no_other_query_scans(
    migrated_file: Path,
    connection: sqlite3.Connection,
    query: Any,
    args: Any,
    kwargs: Any,
) -> None:
    seen = statements_of(migrated_file, query, *args, **kwargs)

    assert [step for one in seen for step in scans(connection, *one)] == []
