"""Executions per second, and pickup when idle, beside Huey and Celery.

    python benchmarks/drain.py [--rounds 3] [--count 20000]

Two figures. *Through a backlog*: executions that do nothing are claimed, run and
settled, each with its attempt written down. *Accepted to completed*: the clock starts
when the first is handed in and stops when the last has ended, with the worker running
all along; every queue writes what it accepts to disk as it does by default.

Huey on SQLite runs with its own default of one worker, which on one core is also its
fastest; Celery runs on Redis with its defaults and four threads, and needs Debian's
``redis-server``. All run on one core, in interleaved rounds.
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from results import DATABASE, database, environment, table, write

HERE = Path(__file__).parent
CORES = sorted(os.sched_getaffinity(0))


async def recado(count: int, folder: Path) -> dict[str, Any]:
    from peers import Nothing

    from recado.cli.run_server import spare_the_collector
    from recado.clock import SystemClock
    from recado.model.redact import Secret
    from recado.model.trigger import ActionType, Trigger, TriggerSettings, TriggerType
    from recado.observe.signals import Name, Signal
    from recado.server import Server
    from recado.settings import read_settings
    from recado.store import triggers
    from recado.store.protocol import NewExecution
    from recado.store.triggers import TriggerFields

    settings = read_settings(
        {
            "RECADO_DATA_DIR": str(folder),
            "RECADO_PORT": "0",
            **database(),
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

        wanted += count
        all_done.clear()
        numbers = iter(range(count, 2 * count))

        async def hand_in() -> None:
            for number in numbers:
                await server.store.accept(new(number))
                server.worker.wake()

        begun = time.perf_counter()
        await asyncio.gather(*(hand_in() for _ in range(64)))
        await all_done.wait()
        through = count / (time.perf_counter() - begun)

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
            await server.store.accept(new(2 * count + number))
            committed = time.perf_counter()
            server.worker.wake()
            await all_done.wait()
            pickups.append(started[-1] - committed)
            await asyncio.sleep(0.005)
        await server.worker.stop(grace=1)
    pickups.sort()
    return {
        "rate": rate,
        "through": through,
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

    def until_done() -> None:
        while left[0] > 0:
            time.sleep(0.001)

    for number in range(count):
        nothing(number)
    consumer = queue.create_consumer(
        workers=1, periodic=False, check_worker_health=False
    )
    begun = time.perf_counter()
    consumer.start()
    until_done()
    rate = count / (time.perf_counter() - begun)
    left[0] = count
    begun = time.perf_counter()
    for number in range(count):
        nothing(number)
    until_done()
    return {"rate": rate, "through": count / (time.perf_counter() - begun)}


def celery(count: int, folder: Path) -> dict[str, Any]:
    port = free_port()
    redis = subprocess.Popen(
        ["redis-server", "--port", str(port), "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port, redis)
        return run_celery(count, f"redis://127.0.0.1:{port}/0")
    finally:
        redis.terminate()
        redis.wait(10)


def run_celery(count: int, url: str) -> dict[str, Any]:
    import redis as redis_client
    from celery import Celery

    app = Celery("peer", broker=url, backend=url)
    app.conf.worker_redirect_stdouts = False
    left = redis_client.Redis.from_url(url)

    @app.task(name="nothing")
    def nothing(number: int) -> None:
        left.decr("left")

    def until_done() -> None:
        while int(left.get("left") or 0) > 0:
            time.sleep(0.002)

    left.set("left", count)
    for number in range(count):
        nothing.delay(number)
    worker = app.Worker(pool="threads", concurrency=4, loglevel="ERROR", quiet=True)
    threading.Thread(target=worker.start, daemon=True).start()
    begun = time.perf_counter()
    until_done()
    rate = count / (time.perf_counter() - begun)
    left.set("left", count)
    begun = time.perf_counter()
    for number in range(count):
        nothing.delay(number)
    until_done()
    return {"rate": rate, "through": count / (time.perf_counter() - begun)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise SystemExit("redis-server did not start: apt install redis-server")


def one_run(name: str, count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        command = [sys.executable, str(HERE / "drain.py"), "--run", name]
        command += ["--count", str(count), "--folder", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


PEERS = {"huey": huey, "celery": celery}


def run(name: str, count: int, folder: Path) -> None:
    os.sched_setaffinity(0, {CORES[0]})
    if name in PEERS:
        print(json.dumps(PEERS[name](count, folder)), flush=True)
        os._exit(0)
    import uvloop

    print(json.dumps(uvloop.run(recado(count, folder))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--run", choices=["recado", *PEERS])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--database", help="postgresql://… instead of SQLite")
    given = parser.parse_args()
    if given.database:
        os.environ[DATABASE] = given.database
    if given.run:
        run(given.run, given.count, given.folder)
        return
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ("recado", *PEERS)}
    for _ in range(given.rounds):
        for name, runs in found.items():
            count = given.count if name == "recado" else given.count // 8
            runs.append(one_run(name, count))
            print(f"  {name:<8} {runs[-1]['rate']:>9,.0f}/s", flush=True)
    measured = {
        name: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for name, runs in found.items()
    }
    ours = measured["recado"]
    for key, title in (
        ("rate", "Executions that do nothing, through a backlog, median of the rounds"),
        ("through", "The same, handed in and completed at the same time"),
    ):
        table(
            title,
            ("queue", "executions/s", "recado is"),
            [
                (name, f"{one[key]:,.0f}", f"{ours[key] / one[key]:.1f} x")
                for name, one in measured.items()
            ],
        )
    table(
        "Recado: idle pickup, commit to start, and CPU of an execution",
        ("p50", "p99", "CPU"),
        [
            (
                f"{ours['pickup_p50_ms']:.2f} ms",
                f"{ours['pickup_p99_ms']:.2f} ms",
                f"{ours['cpu_us']:.0f} µs",
            )
        ],
    )
    write("drain", measured | environment())


if __name__ == "__main__":
    main()
