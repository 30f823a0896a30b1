"""Accepts and executions on PostgreSQL, on a server that is started for it.

    python benchmarks/postgres.py [--count 20000] [--workers 2]

The server has its defaults, and syncs each commit to disk. Recado is pinned to one
core; the server runs where there is room, as on a machine of its own. With more than
one worker, each is a process that drains the same backlog.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from results import DATABASE, environment, table, write

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "src")]


def one_run(database: str, count: int) -> dict[str, Any]:
    os.environ[DATABASE] = database
    from drain import one_run as drained

    return drained("recado", count)


def accepts(database: str, count: int) -> float:
    os.environ[DATABASE] = database
    from accept import delivery_path, server, throughput

    with server("recado") as (port, _):
        path = asyncio.run(delivery_path("recado", port))
        return float(asyncio.run(throughput("recado", port, path, count)).rate)


def shared(database: str, count: int, workers: int, waits: float = 0.0) -> float:
    """Executions per second of a backlog that so many processes drain together.

    ``waits`` are the seconds that each takes without using the processor.
    """
    command = [sys.executable, str(HERE / "postgres.py"), "--url", database]
    subprocess.run([*command, "--fill", str(count)], check=True)
    command += ["--drain", str(count), "--waits", str(waits)]
    drains = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(workers)]
    ends = [json.loads(one.communicate()[0].splitlines()[-1]) for one in drains]
    begun = min(end["begun"] for end in ends)
    return count / (max(end["ended"] for end in ends) - begun)


async def fill(count: int, url: str) -> None:
    from recado.store.open import open_store
    from tests.helpers.builders import a_new_execution, a_stored_trigger

    store = await open_store(url, folder=HERE, clock=None, sleep=asyncio.sleep)
    trigger = await a_stored_trigger(store)
    for first in range(0, count, 500):
        await asyncio.gather(
            *(
                store.accept(
                    a_new_execution(
                        trigger,
                        document=b"x" * 1_200,
                        idempotency_key=f"k{n}",
                        ordering_key=f"chat-{n % 5000}",
                    )
                )
                for n in range(first, first + 500)
            )
        )
    await store.close()


async def drain(url: str, waits: float) -> dict[str, float]:
    from peers import Nothing, Waiting

    from recado.model.trigger import ActionType
    from recado.observe.signals import Name, Signal
    from recado.server import Server
    from recado.settings import read_settings
    from tests.helpers.api import SECRET_KEY

    settled: list[float] = []
    action = Waiting(waits) if waits else Nothing()

    def listen(signal: Signal) -> None:
        if signal.name is Name.TRIGGER_EXECUTE:
            settled.append(time.time())

    with tempfile.TemporaryDirectory() as folder:
        settings = read_settings(
            {
                "RECADO_DATA_DIR": folder,
                "RECADO_DATABASE_URL": url,
                "RECADO_SECRET_KEY": SECRET_KEY.reveal(),
                "RECADO_CONCURRENCY": "64" if waits else "256",
                "RECADO_PROCESSES": "256",
            }
        )
        with (Path(folder) / "log").open("w") as log:
            server = Server(
                settings,
                actions=dict.fromkeys(ActionType, action),
                log_to=log,
                with_door=False,
            )
            server.signals.listen(listen)
            begun = time.time()
            async with server:
                before = -1
                while len(settled) != before:
                    before = len(settled)
                    await asyncio.sleep(1)
    return {"begun": settled[0] if settled else begun, "ended": max(settled)}


def measure(count: int, workers: int) -> dict[str, Any]:
    from tests.helpers.postgres import running_postgres

    found: dict[str, Any] = {}
    with running_postgres({"autovacuum": "on"}) as server:
        found = one_run(server.url(server.create()), count)
        print(json.dumps(found), flush=True)
        found["accepts"] = accepts(server.url(server.create()), count)
        print("accepts", found["accepts"], flush=True)
        for number in range(1, workers + 1):
            rate = shared(server.url(server.create()), count, number)
            found[f"workers_{number}"] = rate
            print(number, "workers", rate, flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--url")
    parser.add_argument("--fill", type=int)
    parser.add_argument("--drain", type=int)
    parser.add_argument("--waits", type=float, default=0.0)
    given = parser.parse_args()
    import uvloop

    if given.fill:
        uvloop.run(fill(given.fill, given.url))
        return
    if given.drain:
        print(json.dumps(uvloop.run(drain(given.url, given.waits))), flush=True)
        return
    found = measure(given.count, given.workers)
    table(
        "Recado on PostgreSQL",
        ("what", "figure"),
        [
            ("accepts/s, 64 connections", f"{found['accepts']:,.0f}"),
            ("executions/s, through a backlog", f"{found['rate']:,.0f}"),
            ("the same, handed in meanwhile", f"{found['through']:,.0f}"),
            ("idle pickup p50", f"{found['pickup_p50_ms']:.2f} ms"),
            ("idle pickup p99", f"{found['pickup_p99_ms']:.2f} ms"),
            *(
                (f"executions/s, {n} processes", f"{found[f'workers_{n}']:,.0f}")
                for n in range(1, given.workers + 1)
            ),
        ],
    )
    write("postgres", found | environment())


if __name__ == "__main__":
    main()
