"""No statement of the queue may read all of a growing table, and no list either."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, event, text

from recado.model.ids import TriggerId, WorkerId
from recado.model.status import Status
from recado.store import counters, executions, matching, pruning
from recado.store.columns import to_micros
from recado.store.executions import ExecutionFilter
from recado.store.postgres import arrays, claiming, leases, partitions
from recado.store.postgres.accepting import Accepting
from recado.store.postgres.arrays import Bigints, Bools, Byteas, Texts
from recado.store.postgres.connect import _QUEUE_SESSION, Address
from recado.store.postgres.flow import Flow, Statement, _Step
from recado.store.postgres.settling import settle
from tests.contract.test_sqlite_plans import FILTERS
from tests.helpers.builders import NOON, a_claimed, a_new_execution, a_settlement
from tests.helpers.clock import FakeClock
from tests.helpers.postgres import TEMPLATE, Postgres

GROWING = {
    "trigger_executions",
    "events",
    "execution_attempts",
    "idempotency_keys",
    "counters",
    "audit",
}
# what these hold is little, however many executions there are
SMALL = {
    "ix_executions_due",
    "ix_executions_lease",
    "ix_executions_held",
    "ix_executions_dead",
    "ix_executions_unfinished",
}
TYPES = {
    Bigints: "bigint[]",
    Texts: "text[]",
    Byteas: "bytea[]",
    Bools: "boolean[]",
    int: "bigint",
    str: "text",
    type(None): "bigint",
}
ANA = WorkerId("ana")
ONE, TWO = TriggerId(1), TriggerId(2)
MINUTE = timedelta(minutes=1)

_FILL = """
INSERT INTO trigger_executions (id, trigger_id, root_id, status, idempotency_key,
  ordering_key, due_at, held_for, lease_worker, lease_until, attempt_count,
  failure_count, may_have_acted, started_at, completed_at)
SELECT n, 1, n, s, 'key-' || n, 'chat-' || mod(n, 7),
  CASE WHEN s IN ('pending', 'retrying') THEN n END,
  CASE WHEN s = 'held' THEN 'instance:a' END,
  CASE WHEN s = 'running' THEN 'ana' END, CASE WHEN s = 'running' THEN n END,
  1, 1, false, n,
  CASE WHEN s NOT IN ('pending', 'running', 'retrying', 'held') THEN n END
FROM (
  SELECT n, (%s::text[])[CASE WHEN n <= 3000 THEN 1 ELSE 1 + mod(n, 9) END] AS s
  FROM generate_series(1, 3090) AS n
) AS numbers
"""
_HELD = "SELECT 1, 'key-' || n, n FROM generate_series(1, 3090) AS n"


@contextmanager
def filled_up(postgres: Postgres, *, up_to: int = 0) -> Iterator[str]:
    """Mostly completed executions, and ten of each other status; never analyzed.

    There are partitions for all ids ``up_to`` one.
    """
    name = postgres.create(TEMPLATE)
    statuses = [Status.COMPLETED, *(s for s in Status if s is not Status.COMPLETED)]
    with psycopg.connect(postgres.url(name)) as connection:
        connection.execute(
            "INSERT INTO triggers (id, name, type, source, event_filter, action_type, "
            "action_payload, enabled, hook_token, settings, created_at, updated_at) "
            "SELECT n, 'a', 'webhook', 'custom', '{}', 'script', '{}', true, 'x', "
            "'{}', 0, 0 FROM generate_series(1, 2) AS n"
        )
        connection.execute(_FILL, (list(map(str, statuses)),))
        connection.execute("SELECT setval('trigger_executions_id_seq', 3090)")
        connection.execute("INSERT INTO idempotency_keys " + _HELD)
    engine = Address.of(postgres.url(name)).engine(isolation="READ COMMITTED")
    with engine.begin() as conn:
        partitions.make_room_for(conn, 0, up_to)
    engine.dispose()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(scope="module")
def filled(postgres: Postgres) -> Iterator[str]:
    with filled_up(postgres) as url:
        yield url


@pytest.fixture(scope="module")
def divided(postgres: Postgres) -> Iterator[str]:
    with filled_up(postgres, up_to=13_000_000) as url:
        yield url


@pytest.fixture
def connection(divided: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection as a lane has it."""
    with psycopg.connect(**Address.of(divided).options(_QUEUE_SESSION)) as opened:
        arrays.register(opened.adapters)
        yield opened
        opened.rollback()


def said_in(connection: psycopg.Connection[Any], flow: Flow[Any]) -> list[Statement]:
    """Run a flow and return its statements."""
    said: list[Statement] = []
    step = _Step(flow)
    asked: list[Statement] | None = next(flow)
    while asked is not None:
        said += asked
        cursors = [connection.execute(one.sql, one.values) for one in asked]
        asked = step.after([c.fetchall() if c.description else [] for c in cursors])
    return said + step.ended.last


def plan_of(connection: psycopg.Connection[Any], statement: Statement) -> Any:
    """The plan for any values, as the lanes have it made."""
    types = ", ".join(
        next(name for known, name in TYPES.items() if isinstance(value, known))
        for value in statement.values
    )
    places = [f"${n}" for n in range(1, len(statement.values) + 1)]
    body = statement.sql.replace("%%", "\0")
    for place in places:
        body = body.replace("%s", place, 1)
    body = body.replace("\0", "%%")
    connection.execute(
        sql.SQL(f"PREPARE asked ({types}) AS {body.replace('%%', '%')}"), None
    )
    nothing = ", ".join(["NULL"] * len(places))
    found = connection.execute(
        sql.SQL(f"EXPLAIN (FORMAT JSON) EXECUTE asked ({nothing})"), None
    ).fetchone()
    connection.execute("DEALLOCATE asked")
    assert found is not None
    return found[0][0]["Plan"]


def steps_of(plan: Any) -> Iterator[Any]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from steps_of(part)


def costly(plan: Any, whole: Mapping[str, str]) -> list[str]:
    """The steps that walk a growing table, or an index of all its rows.

    ``whole`` names what each partition and each of its indexes is a part of.
    """
    return [
        f"{step['Node Type']} {step.get('Index Name', step.get('Relation Name'))}"
        for step in steps_of(plan)
        if _walks(step, whole)
    ]


PARTS = """
SELECT inhrelid::regclass::text AS part, inhparent::regclass::text AS whole
FROM pg_inherits
"""


def _walks(step: Any, whole: Mapping[str, str]) -> bool:
    kind, index = step["Node Type"], step.get("Index Name", "")
    index = whole.get(index, index)
    table = step.get("Relation Name", "trigger_executions")
    if whole.get(table, table) not in GROWING:
        return False
    if kind == "Seq Scan":
        return True
    if kind not in ("Index Scan", "Index Only Scan", "Bitmap Index Scan"):
        return False
    condition = step.get("Index Cond", "")
    if condition == "(id IS NOT NULL)":
        return False  # the first or the last one, from that end of the primary key
    return index not in SMALL and not set("=<>") & set(condition)


def flows(clock: FakeClock) -> dict[str, Flow[Any]]:
    news = [
        a_new_execution(
            ONE, idempotency_key=f"new{n % 3}", dedupe_until=NOON, ordering_key="chat-1"
        )
        for n in range(9)
    ]
    now = to_micros(NOON)
    lease = a_claimed(ordering_key="chat-1")
    claim = claiming.ClaimRequest(
        worker=ANA, limit=5, lease=MINUTE, room={TWO: 0}, caps={ONE: 300}
    )
    due = claiming.DueRequest(leave_out=[TWO], caps={ONE: 300})
    return {
        "accept": Accepting(clock)(news, 1),
        "claim": claiming.Claiming(lambda: now)([claim], 1),
        "next due": claiming.next_due([due], 1),
        "settle": settle([a_settlement(lease, Status.COMPLETED)], 1),
        "extend": leases.extend(ANA, [lease.id], lease=MINUTE, now=now),
        "rescue": leases.rescue(everything=False, now=now, slot=1),
        "release": leases.release_held(
            held_for="instance:a", trigger_id=None, now=now, slot=1
        ),
    }


@pytest.mark.parametrize(
    "name", ["accept", "claim", "next due", "settle", "extend", "rescue", "release"]
)
def test_the_queue_never_scans(
    connection: psycopg.Connection[Any], clock: FakeClock, name: str
) -> None:
    said = said_in(connection, flows(clock)[name])

    whole = dict(connection.execute(PARTS).fetchall())
    steps = {one.sql: costly(plan_of(connection, one), whole) for one in said}

    assert said
    assert {query: found for query, found in steps.items() if found} == {}


def test_a_scan_is_noticed(connection: psycopg.Connection[Any]) -> None:
    statement = Statement("SELECT id FROM trigger_executions WHERE error = %s", ("x",))

    whole = dict(connection.execute(PARTS).fetchall())

    assert costly(plan_of(connection, statement), whole) != []


@pytest.mark.parametrize("before", [None, 500])
@pytest.mark.parametrize("name", FILTERS)
def test_no_page_scans(filled: str, name: str, before: int | None) -> None:
    allowed = {
        "everything": "walks the primary key from its end and stops at LIMIT",
        "completed ones": "as for everything: most rows are completed",
        "a text": "looks at no more than executions.SEARCHED rows",
        "an instance": "as for a text",
    }

    steps = costly_of(filled, executions.page, FILTERS[name], limit=50, before=before)

    assert name in allowed or steps == []


def test_neither_counts_nor_pruning_scan(filled: str) -> None:
    steps = [
        *costly_of(filled, counters.totals, now=NOON, window=timedelta(days=1)),
        *costly_of(filled, executions.dead_letter_groups),
        *costly_of(filled, matching.count, ExecutionFilter().only_dead_letters()),
        *costly_of(
            filled,
            pruning.prune,
            within=(1, None),
            ended_before=NOON,
            now=NOON,
            limit=200,
        ),
    ]

    assert steps == []


def costly_of(url: str, query: Any, *args: Any, **kwargs: Any) -> list[str]:
    engine = Address.of(url).engine(isolation="READ COMMITTED")
    said: list[tuple[str, Any]] = []
    with engine.connect() as conn:
        conn.execute(text("SET enable_seqscan = off"))

        def note(*call: Any) -> None:
            said.append((call[2], call[3]))

        event.listen(conn, "before_cursor_execute", note)
        query(conn, *args, **kwargs)
        event.remove(conn, "before_cursor_execute", note)
        whole = {one.part: one.whole for one in conn.execute(text(PARTS))}
        steps = [step for one in said for step in costly(_explained(conn, *one), whole)]
    engine.dispose()
    return steps


def _explained(conn: Connection, statement: str, values: Any) -> Any:
    asked = f"EXPLAIN (FORMAT JSON) {statement}"
    return conn.exec_driver_sql(asked, values).scalar_one()[0]["Plan"]
