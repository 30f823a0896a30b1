"""Executions per second and idle pickup on one PostgreSQL, beside other queues.

    python benchmarks/cluster.py [--rounds 2] [--count 8000]

All work on the same server, which is started for the run, has its defaults and syncs
each commit; only Celery keeps its queue in Redis, and its results once in the same
PostgreSQL, as the others do, and once (``celery_bare``) nowhere. The clock of
*accepted to completed* starts when the first is handed in and stops when the last has
run, with the worker running all along. Of Recado that is when it is settled, its
attempt written down; of the others when its function ran, before they store its end.
*Idle pickup* is from the return of the call that hands one in to the start of its
function, one at a time.

What takes part of each runs on one core, in interleaved rounds; the server runs where
there is room. Procrastinate runs 8 at a time with 64 coroutines handing in, Celery has
four threads, DBOS looks for work each 10 ms instead of each second, and 8 threads hand
in. At the end one process of Recado, then two, drain a backlog of executions that wait
50 ms each, as for a gateway, 64 at a time in each process; these are not pinned.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from drain import CORES, free_port, wait_for_port
from postgres import one_run, shared
from results import environment, table, write

HERE = Path(__file__).parent
PICKUPS = 100
WAITS = 0.05  # seconds
FRACTIONS = {
    "celery": 16,
    "celery_bare": 8,
    "procrastinate": 16,
    "dbos": 40,
}  # of Recado's count


class Tasks:
    """What ran, told by the function that each queue runs."""

    def __init__(self) -> None:
        self.started: list[float] = []

    def run(self) -> None:
        self.started.append(time.perf_counter())

    def until(self, many: int) -> None:
        while len(self.started) < many:
            time.sleep(0.0005)


def measured(count: int, tasks: Tasks, hand_in: Callable[[], Any]) -> dict[str, float]:
    """Measure a queue whose worker runs in other threads of this process."""
    hand_in()
    tasks.until(1)
    tasks.started.clear()
    begun = time.perf_counter()
    with ThreadPoolExecutor(8) as threads:
        for _ in range(count):
            threads.submit(hand_in)
    tasks.until(count)
    through = count / (max(tasks.started) - begun)
    waits = []
    for number in range(PICKUPS):
        hand_in()
        handed_in = time.perf_counter()
        tasks.until(count + number + 1)
        waits.append(tasks.started[-1] - handed_in)
        time.sleep(0.02)
    return {"through": through, **quantiles(waits)}


def quantiles(waits: list[float]) -> dict[str, float]:
    ordered = sorted(max(0.0, wait) for wait in waits)
    return {
        "pickup_p50_ms": ordered[len(ordered) // 2] * 1e3,
        "pickup_p99_ms": ordered[len(ordered) * 99 // 100] * 1e3,
    }


def celery(count: int, url: str, *, stores: bool = True) -> dict[str, float]:
    from celery import Celery

    port, tasks = free_port(), Tasks()
    with tempfile.TemporaryDirectory() as folder:
        words = ["redis-server", "--port", str(port), "--dir", folder]
        redis = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        try:
            wait_for_port(port, redis)
            results = url.replace("postgresql://", "db+postgresql+psycopg://")
            app = Celery(
                "peer",
                broker=f"redis://127.0.0.1:{port}/0",
                backend=results if stores else None,
            )
            app.conf.worker_redirect_stdouts = False
            app.conf.task_ignore_result = not stores

            @app.task(name="nothing")
            def nothing() -> None:
                tasks.run()

            worker = app.Worker(
                pool="threads", concurrency=4, loglevel="ERROR", quiet=True
            )
            threading.Thread(target=worker.start, daemon=True).start()
            return measured(count, tasks, nothing.delay)
        finally:
            redis.terminate()
            redis.wait(10)


def dbos(count: int, url: str) -> dict[str, float]:
    from dbos import DBOS, DBOSConfig

    tasks = Tasks()
    config: DBOSConfig = {
        "name": "peer",
        "system_database_url": url,
        "log_level": "ERROR",
    }
    DBOS(config=config)

    @DBOS.workflow()
    def nothing() -> None:
        tasks.run()

    DBOS.launch()
    DBOS.register_queue("peer", polling_interval_sec=0.01)
    return measured(count, tasks, lambda: DBOS.enqueue_workflow("peer", nothing))


def procrastinate(count: int, url: str) -> dict[str, float]:
    return asyncio.run(run_procrastinate(count, url))


async def run_procrastinate(count: int, url: str) -> dict[str, float]:
    from procrastinate import App, PsycopgConnector

    connector = PsycopgConnector(conninfo=url, min_size=4, max_size=20)
    app, tasks = App(connector=connector), Tasks()

    @app.task(name="nothing")
    async def nothing() -> None:
        tasks.run()

    async def until(many: int) -> None:
        while len(tasks.started) < many:
            await asyncio.sleep(0.0005)

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        worker = asyncio.create_task(
            app.run_worker_async(concurrency=8, install_signal_handlers=False)
        )
        await nothing.defer_async()
        await until(1)
        tasks.started.clear()
        numbers = iter(range(count))

        async def hand_in() -> None:
            for _ in numbers:
                await nothing.defer_async()

        begun = time.perf_counter()
        await asyncio.gather(*(hand_in() for _ in range(64)))
        await until(count)
        through = count / (max(tasks.started) - begun)
        waits = []
        for number in range(PICKUPS):
            await nothing.defer_async()
            handed_in = time.perf_counter()
            await until(count + number + 1)
            waits.append(tasks.started[-1] - handed_in)
            await asyncio.sleep(0.02)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    return {"through": through, **quantiles(waits)}


PEERS: dict[str, Callable[[int, str], dict[str, float]]] = {
    "procrastinate": procrastinate,
    "celery": celery,
    "celery_bare": partial(celery, stores=False),
    "dbos": dbos,
}


def one_peer(name: str, count: int, url: str) -> dict[str, Any]:
    command = [sys.executable, str(HERE / "cluster.py"), "--run", name]
    command += ["--count", str(count), "--url", url]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(rounds: int, count: int) -> dict[str, Any]:
    from tests.helpers.postgres import running_postgres

    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ("recado", *PEERS)}
    workers: dict[int, list[float]] = {1: [], 2: []}
    with running_postgres({"autovacuum": "on"}) as server:
        for _ in range(rounds):
            for name, runs in found.items():
                url = server.url(server.create())
                if name == "recado":
                    runs.append(one_run(url, count))
                else:
                    runs.append(one_peer(name, count // FRACTIONS[name], url))
                print(f"  {name:<14} {runs[-1]['through']:>9,.0f}/s", flush=True)
            for many, rates in workers.items():
                url = server.url(server.create())
                rates.append(shared(url, count, many, WAITS))
                print(f"  {many} processes    {rates[-1]:>9,.0f}/s", flush=True)
    medians = {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for name, runs in found.items()
    }
    return medians | {
        f"workers_{many}": statistics.median(rates) for many, rates in workers.items()
    }


def show(found: dict[str, Any]) -> None:
    ours = found["recado"]
    table(
        "Executions that do nothing, accepted to completed, on one PostgreSQL",
        ("queue", "executions/s", "recado is", "pickup p50", "pickup p99"),
        [
            (
                name,
                f"{found[name]['through']:,.0f}",
                f"{ours['through'] / found[name]['through']:.1f} x",
                f"{found[name]['pickup_p50_ms']:.2f} ms",
                f"{found[name]['pickup_p99_ms']:.2f} ms",
            )
            for name in ("recado", *PEERS)
        ],
    )
    table(
        "Recado: a backlog of executions that wait 50 ms, drained together",
        ("processes", "executions/s"),
        [(str(many), f"{found[f'workers_{many}']:,.0f}") for many in (1, 2)],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--count", type=int, default=8_000)
    parser.add_argument("--run", choices=PEERS)
    parser.add_argument("--url")
    given = parser.parse_args()
    if given.run:
        os.sched_setaffinity(0, {CORES[0]})
        print(json.dumps(PEERS[given.run](given.count, given.url)), flush=True)
        os._exit(0)
    found = measure(given.rounds, given.count)
    show(found)
    write("cluster", found | environment())


if __name__ == "__main__":
    main()
