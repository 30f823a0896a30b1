"""Accepts and queries on a file with many stored executions, beside an empty one.

    python benchmarks/growth.py [--rows 5000000] [--rounds 3]

The file is filled by SQL: random keys, one attempt each, one in 500 a dead letter. It
takes about 1 KB of disk for each row while the script runs. Rounds are interleaved.
"""

import argparse
import asyncio
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from accept import CORES, HERE, delivery_path, free_port, throughput, wait_for
from results import environment, table, write

REPEATS = 300

FILL_EXECUTIONS = """
WITH RECURSIVE n(i) AS (
  SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last
)
INSERT INTO trigger_executions (id, trigger_id, root_id, status, idempotency_key,
  dedupe_until, attempt_count, failure_count, error, error_category,
  error_fingerprint, may_have_acted, started_at, completed_at)
SELECT i, 1, i, CASE WHEN i % 500 THEN 'completed' ELSE 'failed' END,
  'old|' || hex(randomblob(12)), :at + 604800000000, 1, 0,
  CASE WHEN i % 500 = 0 THEN 'the number is not on WhatsApp' END,
  CASE WHEN i % 500 = 0 THEN 'permanent' END,
  CASE WHEN i % 500 = 0 THEN 'f' || (i % 17) END, 0, :at + i, :at + i
FROM n
"""
FILL_EVENTS = """
INSERT INTO events (id, received_at, document)
SELECT id, started_at, :document FROM trigger_executions
WHERE id BETWEEN :first AND :last
"""
FILL_ATTEMPTS = """
INSERT INTO execution_attempts (execution_id, number, started_at, finished_at, outcome)
SELECT id, 1, started_at, completed_at, 'completed' FROM trigger_executions
WHERE id BETWEEN :first AND :last
"""
STEP = 100_000


@contextmanager
def server(folder: Path) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, str(HERE / "peers.py"), "recado", "--port", str(port)]
    command += ["--folder", str(folder), "--core", str(CORES[0])]
    process = subprocess.Popen(command)
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def prepare(folder: Path) -> None:
    """Make the file with its schema and its trigger."""
    with server(folder) as port:
        asyncio.run(delivery_path("recado", port))


def fill(file: Path, rows: int) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = off")
    connection.execute("PRAGMA cache_size = -1048576")
    day_ago = int((time.time() - 86_400) * 1e6)
    document = b'{"source":"custom","data":{"text":"' + b"x" * 400 + b'"}}'
    for first in range(1, rows + 1, STEP):
        values = {
            "first": first,
            "last": min(first + STEP - 1, rows),
            "at": day_ago,
            "document": document,
        }
        connection.execute("BEGIN")
        for statement in (FILL_EXECUTIONS, FILL_EVENTS, FILL_ATTEMPTS):
            connection.execute(statement, values)
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


async def measure_queries(folder: Path, rows: int) -> dict[str, dict[str, float]]:
    """Return the medians of each query in milliseconds.

    ``sql`` is its statements in the database alone, ``whole`` with the values that
    Python makes of them.
    """
    from recado.clock import SystemClock
    from recado.model.ids import ExecutionId
    from recado.model.status import Status
    from recado.store import counters, executions
    from recado.store.executions import ExecutionFilter
    from recado.store.open import open_store

    clock = SystemClock()
    store = await open_store(
        "sqlite:///recado.db", folder=folder, clock=clock, sleep=asyncio.sleep
    )
    failed = ExecutionFilter(statuses=(Status.FAILED,))
    completed = ExecutionFilter(statuses=(Status.COMPLETED,))
    middle = ExecutionId(rows // 2)
    queries: dict[str, Callable[[Any], Any]] = {
        "the newest 50": lambda c: executions.page(c, ExecutionFilter(), limit=50),
        "50 from the middle": lambda c: executions.page(
            c, ExecutionFilter(), limit=50, before=middle
        ),
        "50 dead letters": lambda c: executions.page(c, failed, limit=50),
        "50 completed from the middle": lambda c: executions.page(
            c, completed, limit=50, before=middle
        ),
        "counts of 24 hours": lambda c: counters.totals(
            c, now=clock.now(), window=timedelta(days=1)
        ),
    }

    plain = sqlite3.connect(folder / "recado.db", check_same_thread=False)

    def timed(conn: Any) -> dict[str, dict[str, float]]:
        found = {}
        for name, query in queries.items():
            statements = spied(conn, query)

            def in_sql(statements: list[Any] = statements) -> None:
                for statement, values in statements:
                    plain.execute(statement, values).fetchall()

            def whole(query: Callable[[Any], Any] = query) -> None:
                query(conn)

            found[name] = {"sql": median_ms(in_sql), "whole": median_ms(whole)}
        return found

    try:
        return await store.read(timed)
    finally:
        plain.close()
        await store.close()


def spied(conn: Any, query: Callable[[Any], Any]) -> list[Any]:
    """Return the statements that a query runs, with their values."""
    from sqlalchemy import event

    seen: list[Any] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        seen.append((statement, values))

    event.listen(conn, "before_cursor_execute", note)
    query(conn)
    event.remove(conn, "before_cursor_execute", note)
    return seen


def median_ms(call: Callable[[], None]) -> float:
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e3


def measure_accepts(folders: dict[str, Path], rounds: int) -> dict[str, float]:
    rates: dict[str, list[float]] = {name: [] for name in folders}
    for number in range(rounds):
        for name, folder in folders.items():
            with server(folder) as port:
                path = "/api/triggers/webhook/1"
                tag = f"{name}-{number}"
                result = asyncio.run(throughput("recado", port, path, 20_000, tag))
            rates[name].append(result.rate)
            print(f"  {name:<8} {result.rate:>9,.0f}/s", flush=True)
    return {name: statistics.median(found) for name, found in rates.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.sched_setaffinity(0, {CORES[-1]})
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as kept:
        folders = {name: Path(kept) / name for name in ("empty", "grown")}
        for folder in folders.values():
            folder.mkdir()
            prepare(folder)
        fill(folders["grown"] / "recado.db", given.rows)
        accepts = measure_accepts(folders, given.rounds)
        queries = asyncio.run(measure_queries(folders["grown"], given.rows))
    share = accepts["grown"] / accepts["empty"]
    table(
        f"Accepts with {given.rows:,} stored executions",
        ("file", "accepts/s", "of empty"),
        [
            (name, f"{rate:,.0f}", f"{rate / accepts['empty']:.2f}")
            for name, rate in accepts.items()
        ],
    )
    table(
        "Queries on it, median",
        ("query", "in the database", "with Python's values"),
        [
            (name, f"{took['sql']:.2f} ms", f"{took['whole']:.2f} ms")
            for name, took in queries.items()
        ],
    )
    found = {"rows": given.rows, "accepts": accepts, "share": share}
    write("growth", {**found, "queries_ms": queries} | environment())


if __name__ == "__main__":
    main()
