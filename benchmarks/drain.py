"""Executions per second through a backlog, and pickup when idle, beside Huey.

    python benchmarks/drain.py [--rounds 3] [--count 20000]

A backlog of executions that do nothing is drained: claimed, run and settled, each with
its attempt written down. Huey, a task queue on SQLite, drains as many no-op tasks with
the same number of workers side by side. Both run on one core, in interleaved rounds.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from results import environment, table, write

HERE = Path(__file__).parent
CORES = sorted(os.sched_getaffinity(0))


async def recado(count: int, folder: Path) -> dict[str, Any]:
    from peers import Nothing

    from recado.clock import SystemClock
    from recado.model.redact import Secret
    from recado.model.trigger import ActionType, Trigger, TriggerSettings, TriggerType
    from recado.observe.signals import Name, Signal
    from recado.server import Server, spare_the_collector
    from recado.settings import read_settings
    from recado.store import triggers
    from recado.store.protocol import NewExecution
    from recado.store.triggers import TriggerFields

    settings = read_settings(
        {
            "RECADO_DATA_DIR": str(folder),
            "RECADO_PORT": "0",
            "RECADO_CONCURRENCY": "256",
            "RECADO_PROCESSES": "256",
        }
    )
    clock = SystemClock()
    settled: list[float] = []
    all_done = asyncio.Event()
    wanted = count
    server = Server(
        settings,
        actions=dict.fromkeys(ActionType, Nothing()),
        log_to=(folder / "log").open("w"),
        with_worker=False,
    )

    def listen(signal: Signal) -> None:
        if signal.name is Name.TRIGGER_EXECUTE:
            settled.append(time.perf_counter())
            if len(settled) >= wanted:
                all_done.set()

    async with server:
        spare_the_collector()
        services = server.services
        fields = TriggerFields(
            name="benchmark",
            type=TriggerType.WEBHOOK,
            source="custom",
            event_filter={},
            condition=None,
            action_type=ActionType.HTTP,
            action_payload="http://nowhere.invalid",
            agent=None,
            enabled=True,
            settings=TriggerSettings(),
        )
        trigger: Trigger = await server.store.write(
            triggers.create,
            fields,
            secret=Secret("s"),
            hook_token=Secret("t"),
            cipher=services.cipher,
            now=clock.now(),
        )
        await services.triggers.load()
        document = json.dumps({"text": "x" * 1_200}).encode()

        def new(number: int) -> NewExecution:
            return NewExecution(
                trigger_id=trigger.id,
                document=document,
                idempotency_key=f"key-{number}",
                dedupe_until=None,
                ordering_key=f"chat-{number % 5000}",
                received_at=clock.now(),
            )

        for first in range(0, count, 500):
            batch = range(first, min(first + 500, count))
            await asyncio.gather(*(server.store.accept(new(n)) for n in batch))
        server.signals.listen(listen)
        begun, cpu = time.perf_counter(), time.process_time()
        server.worker.start()
        await all_done.wait()
        rate = count / (time.perf_counter() - begun)
        cpu_us = (time.process_time() - cpu) / count * 1e6

        pickups: list[float] = []
        action = server.actions[ActionType.HTTP]
        started: list[float] = []
        run = action.run

        async def timed(claimed: Any, trigger: Any) -> Any:
            started.append(time.perf_counter())
            return await run(claimed, trigger)

        action.run = timed  # type: ignore[method-assign]
        for number in range(300):
            wanted += 1
            all_done.clear()
            await server.store.accept(new(count + number))
            committed = time.perf_counter()
            server.worker.wake()
            await all_done.wait()
            pickups.append(started[-1] - committed)
            await asyncio.sleep(0.005)
        await server.worker.stop(grace=1)
    pickups.sort()
    return {
        "rate": rate,
        "cpu_us": cpu_us,
        "pickup_p50_ms": pickups[150] * 1e3,
        "pickup_p99_ms": pickups[297] * 1e3,
    }


def huey(count: int, folder: Path) -> dict[str, Any]:
    from huey import SqliteHuey

    queue = SqliteHuey(filename=str(folder / "huey.db"), fsync=True)
    left = [count]

    @queue.task()
    def nothing(number: int) -> None:
        left[0] -= 1

    for number in range(count):
        nothing(number)
    consumer = queue.create_consumer(
        workers=4, periodic=False, check_worker_health=False
    )
    begun = time.perf_counter()
    consumer.start()
    while left[0] > 0:
        time.sleep(0.001)
    rate = count / (time.perf_counter() - begun)
    consumer.stop()
    return {"rate": rate}


def one_run(name: str, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        command = [sys.executable, str(HERE / "drain.py"), "--run", name]
        command += ["--count", str(count), "--folder", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def run(name: str, count: int, folder: Path) -> None:
    os.sched_setaffinity(0, {CORES[0]})
    if name == "huey":
        print(json.dumps(huey(count, folder)), flush=True)
        os._exit(0)
    import uvloop

    print(json.dumps(uvloop.run(recado(count, folder))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--run", choices=["recado", "huey"])
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.run:
        run(given.run, given.count, given.folder)
        return
    found: dict[str, list[dict[str, Any]]] = {"recado": [], "huey": []}
    for _ in range(given.rounds):
        for name, runs in found.items():
            count = given.count if name == "recado" else given.count // 5
            runs.append(one_run(name, count))
            print(f"  {name:<8} {runs[-1]['rate']:>9,.0f}/s", flush=True)
    rates = {
        name: statistics.median(one["rate"] for one in runs)
        for name, runs in found.items()
    }
    pickup = {
        key: statistics.median(one[key] for one in found["recado"])
        for key in ("pickup_p50_ms", "pickup_p99_ms")
    }
    table(
        "Executions that do nothing, accepted to completed, median of the rounds",
        ("queue", "executions/s", "recado is"),
        [
            (name, f"{rate:,.0f}", f"{rates['recado'] / rate:.1f} x")
            for name, rate in rates.items()
        ],
    )
    table(
        "Idle pickup, commit to start",
        ("p50", "p99"),
        [
            (
                f"{pickup['pickup_p50_ms']:.2f} ms",
                f"{pickup['pickup_p99_ms']:.2f} ms",
            )
        ],
    )
    write("drain", {"rates": rates, **pickup} | environment())


if __name__ == "__main__":
    main()
