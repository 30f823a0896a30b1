"""How long each page takes with many stored executions.

    python benchmarks/pages.py [--rows 1000000] [--requests 200]

The file is filled by SQL: ten triggers, thirty days, one execution in 200 a dead letter
of one of twenty causes, random keys and chats, one attempt each. Pages are fetched one
after the other over one connection, by an admin's key, from the server as it is.
"""

import argparse
import http.client
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from accept import CORES, HERE, free_port, wait_for
from peers import KEY
from results import environment, table, write

TARGET_MS = 100.0
STEP = 100_000
MONTH = 30 * 86_400

FILL = """
WITH RECURSIVE n(i) AS (
  SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last
)
INSERT INTO trigger_executions (id, trigger_id, root_id, status, idempotency_key,
  dedupe_until, ordering_key, attempt_count, failure_count, result_summary, error,
  error_category, error_fingerprint, may_have_acted, started_at, completed_at)
SELECT i, 1 + i % 10, i, CASE WHEN i % 200 THEN 'completed' ELSE 'failed' END,
  'old|' || hex(randomblob(12)), :begin + i * :apart + 604800000000,
  'sales' || (i % 5) || '|55119' || (10000000 + abs(random()) % 90000000)
    || '@s.whatsapp.net', 1, i % 200 = 0,
  CASE WHEN i % 200 THEN 'sent as 3EB0' || hex(randomblob(9)) END,
  CASE WHEN i % 200 = 0 THEN 'cause ' || (i % 20) || ': the number 55119' || i
    || ' is not on WhatsApp' END,
  CASE WHEN i % 200 = 0 THEN 'permanent' END,
  CASE WHEN i % 200 = 0 THEN 'f' || (i / 200 % 20) END, i % 1000 = 0,
  :begin + i * :apart, :begin + i * :apart + 100000
FROM n
"""
EVENTS = """
INSERT INTO events (id, received_at, document)
SELECT id, started_at, :document FROM trigger_executions
WHERE id BETWEEN :first AND :last
"""
ATTEMPTS = """
INSERT INTO execution_attempts (execution_id, number, started_at, finished_at, outcome,
  error)
SELECT id, 1, started_at, completed_at, CASE status WHEN 'failed' THEN 'failed'
  ELSE 'completed' END, error FROM trigger_executions WHERE id BETWEEN :first AND :last
"""
COUNTERS = (
    """
INSERT INTO counters (name, hour, trigger_id, value)
SELECT 'status:' || status, started_at / 3600000000, trigger_id, count(*)
FROM trigger_executions GROUP BY 1, 2, 3
""",
    """
INSERT INTO counters (name, hour, trigger_id, value)
SELECT 'total:dead_letters', 0, 0, count(*) FROM trigger_executions
WHERE status = 'failed'
""",
)
DOCUMENT = (
    b'{"source":"evolution_go","event_type":"Message","instance":"sales",'
    b'"chat":"5511988887777@s.whatsapp.net","sender":"5511988887777@s.whatsapp.net",'
    b'"text":"' + b"x" * 300 + b'","data":{"Info":{"ID":"3EB0"}},"envelope":{}}'
)


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """Run the server on one core, and give its port."""
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


def fill(file: Path, rows: int) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = off")
    connection.execute("PRAGMA cache_size = -524288")
    begin = int((time.time() - MONTH) * 1e6)
    for first in range(1, rows + 1, STEP):
        values = {
            "first": first,
            "last": min(first + STEP - 1, rows),
            "begin": begin,
            "apart": int(MONTH * 1e6 / rows),
            "document": DOCUMENT,
        }
        connection.execute("BEGIN")
        for statement in (FILL, EVENTS, ATTEMPTS):
            connection.execute(statement, values)
        connection.execute("COMMIT")
    for statement in COUNTERS:
        connection.execute(statement)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close()


def make_triggers(port: int) -> None:
    """Make ten of them, by the API."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = (
        '{"name": "a trigger", "source": "evolution_go", "action_type": "prompt", '
        '"action_payload": "x"}'
    )
    for _ in range(10):
        headers = {"Authorization": f"Bearer {KEY}"}
        connection.request("POST", "/api/triggers", body, headers)
        answer = connection.getresponse()
        assert answer.read(), answer.status
    connection.close()


def pages(rows: int) -> dict[str, str]:
    """Return what is fetched; the executions are of the middle, and a dead letter."""
    middle, listed = rows // 2 // 200 * 200, "/executions"
    return {
        "overview, day": "/",
        "overview, hour": "/?window=hour",
        "overview, week": "/?window=week",
        "executions": listed,
        "executions, from the middle": f"{listed}?cursor={middle}",
        "completed ones of a trigger": f"{listed}?status=completed&trigger_id=3",
        "dead letters of a category": f"{listed}?status=failed&category=permanent",
        "a day of last week": f"{listed}?since={_days_ago(7)}&until={_days_ago(6)}",
        "dead letters by phone number": f"{listed}?status=failed&q=55119{middle}",
        "a text that is nowhere": f"{listed}?q=nobody-has-this",
        "dead letters": "/dead-letters",
        "one cause": "/dead-letters/f7",
        "one execution": f"/executions/{middle}",
        "a trigger": "/triggers/1",
        "preview of a replay": f"/executions/{middle}/replay",
        "preview of 5,000 replays": "/bulk/new?kind=replay",
        "stats (API, 30 days)": "/api/triggers/stats?days=30",
    }


def _days_ago(days: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() - days * 86_400))


def measure(port: int, path: str, requests: int) -> dict[str, float]:
    """Return the median and the 95th percentile in milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {KEY}", "Accept": "text/html"}
    times = []
    for number in range(requests + 5):
        begun = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
        if number >= 5:
            times.append((time.perf_counter() - begun) * 1e3)
    connection.close()
    return {
        "p50": statistics.median(times),
        "p95": statistics.quantiles(times, n=20)[-1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=200)
    given = parser.parse_args()
    os.sched_setaffinity(0, {CORES[-1]})
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as kept:
        folder = Path(kept)
        with server(folder) as port:
            make_triggers(port)
        fill(folder / "recado.db", given.rows)
        with server(folder) as port:
            found = {
                name: measure(port, path, given.requests)
                for name, path in pages(given.rows).items()
            }
    table(
        f"Pages with {given.rows:,} stored executions, milliseconds",
        ("page", "p50", "p95", f"under {TARGET_MS:g}"),
        [
            (name, f"{took['p50']:.1f}", f"{took['p95']:.1f}", _verdict(took["p95"]))
            for name, took in found.items()
        ],
    )
    write("pages", {"rows": given.rows, "pages": found} | environment())


def _verdict(p95: float) -> str:
    return "yes" if p95 < TARGET_MS else "NO"


if __name__ == "__main__":
    main()
