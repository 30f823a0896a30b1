"""Durable accepts per second and their latency, beside plain receivers.

    python benchmarks/accept.py [--rounds 3] [--count 20000]

Every server is pinned to one core and the load to another. Rounds are interleaved,
because a machine drifts by a third within an hour: read the ratios. Each answer counts
only after its event is synced to disk (SQLite, WAL, ``synchronous=FULL``).
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from load import Result, closed_loop, open_loop, post
from peers import KEY, PEERS, TRIGGER, signature
from results import environment, table, write

CONNECTIONS = 64
WARM_UP = 300
PADDING = "x" * 1_020
HERE = Path(__file__).parent
CORES = sorted(os.sched_getaffinity(0))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    name: str, *, worker: bool = False, preload: Path | None = None
) -> Iterator[tuple[int, Any]]:
    """Run a peer; yields its port and process. ``preload`` is a library to load."""
    port = free_port()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        command = [sys.executable, str(HERE / "peers.py"), name]
        command += ["--port", str(port), "--folder", folder]
        command += ["--core", str(CORES[0])]
        command += ["--worker"] if worker else []
        environ = dict(os.environ)
        if preload is not None:
            environ["LD_PRELOAD"] = str(preload)
        process = subprocess.Popen(command, env=environ)
        try:
            wait_for(port, process)
            yield port, process
        finally:
            process.terminate()
            process.wait(10)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("a peer did not start; run `make bench`, which installs them")


async def delivery_path(name: str, port: int) -> str:
    if name in PEERS:
        return "/hook"
    body = json.dumps(TRIGGER).encode()
    request = post(
        "127.0.0.1",
        port,
        "/api/triggers",
        body,
        f"Authorization: Bearer {KEY}\r\n",
    )
    made = await closed_loop(
        "127.0.0.1", port, lambda _: request, count=1, connections=1
    )
    assert made.statuses == {201: 1}, made.statuses
    return "/api/triggers/webhook/1"


def requests_for(port: int, path: str, tag: str) -> Any:
    def make(number: int) -> bytes:
        body = json.dumps(
            {
                "id": f"{tag}-{number}",
                "event": "Message",
                "data": {"chat": f"55119{number % 997:08}", "text": PADDING},
            }
        ).encode()
        head = f"X-Webhook-Signature: {signature(body)}\r\n"
        return post("127.0.0.1", port, path, body, head)

    return make


def prepared(make: Any, count: int) -> Any:
    """Make all requests before the clock runs."""
    requests = [make(number) for number in range(count)]
    return requests.__getitem__


async def throughput(
    name: str, port: int, path: str, count: int, tag: str = "run"
) -> Result:
    warm = prepared(requests_for(port, path, f"warm-{tag}"), WARM_UP)
    await closed_loop("127.0.0.1", port, warm, count=WARM_UP, connections=CONNECTIONS)
    make = prepared(requests_for(port, path, tag), count)
    result = await closed_loop(
        "127.0.0.1", port, make, count=count, connections=CONNECTIONS
    )
    assert result.statuses == {200: count}, (name, result.statuses)
    return result


async def latency(port: int, path: str, rate: int) -> Result:
    seconds = 5
    make = prepared(requests_for(port, path, f"at{rate}"), rate * seconds)
    return await open_loop(
        "127.0.0.1", port, make, rate=rate, seconds=seconds, connections=CONNECTIONS
    )


def measure(names: list[str], rounds: int, count: int) -> dict[str, Any]:
    rates: dict[str, list[float]] = {name: [] for name in names}
    counts = dict.fromkeys(PEERS, max(count // 20, 400))
    memory: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            peer = "recado" if name.startswith("recado") else name
            with server(peer, worker=name == "recado, running too") as (port, process):
                idle = psutil.Process(process.pid).memory_info().rss / 1e6
                path = asyncio.run(delivery_path(peer, port))
                wanted = counts.get(name, count)
                before = psutil.Process(process.pid).cpu_times()
                result = asyncio.run(throughput(name, port, path, wanted))
                after = psutil.Process(process.pid).cpu_times()
                rates[name].append(result.rate)
                spent = after.user + after.system - before.user - before.system
                cpu[name].append(spent / (wanted + WARM_UP) * 1e6)
                busy = psutil.Process(process.pid).memory_info().rss / 1e6
                memory[name] = [idle, busy]
                print(f"  {name:<22} {result.rate:>9,.0f}/s", flush=True)
    return {
        "rates": {name: statistics.median(found) for name, found in rates.items()},
        "cpu_us": {name: statistics.median(found) for name, found in cpu.items()},
        "memory_mb": memory,
    }


def measure_latency() -> dict[str, dict[str, float]]:
    found = {}
    for rate, worker in ((1_000, False), (5_000, False), (1_000, True)):
        with server("recado", worker=worker) as (port, _):
            path = asyncio.run(delivery_path("recado", port))
            asyncio.run(throughput("recado", port, path, 500))
            result = asyncio.run(latency(port, path, rate))
            found[f"{rate:,}{', executions run too' if worker else ''}"] = {
                "p50_ms": result.quantile(0.5) * 1e3,
                "p99_ms": result.quantile(0.99) * 1e3,
            }
    return found


def measure_slow_disk(rounds: int) -> dict[str, float]:
    """Measure with a sync that takes longer, as on a cheap server's disk."""
    rates: dict[str, list[float]] = {"recado": [], "flask": [], "fastapi": []}
    with tempfile.TemporaryDirectory() as folder:
        library = make_slow_sync(Path(folder))
        for _ in range(rounds):
            for name, found in rates.items():
                count = 10_000 if name == "recado" else 300
                with server(name, preload=library) as (port, _):
                    path = asyncio.run(delivery_path(name, port))
                    result = asyncio.run(throughput(name, port, path, count))
                found.append(result.rate)
                print(
                    f"  {name + ', slow disk':<22} {result.rate:>9,.0f}/s", flush=True
                )
    return {name: statistics.median(found) for name, found in rates.items()}


def make_slow_sync(folder: Path) -> Path:
    """Build a library that makes fsync and fdatasync wait; needs a C compiler."""
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(SLOW_SYNC)
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True
    )
    return library


SLOWER_MS = 4
SLOW_SYNC = f"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int later(const char *name, int fd) {{
  usleep({SLOWER_MS} * 1000);
  return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}}
int fsync(int fd) {{ return later("fsync", fd); }}
int fdatasync(int fd) {{ return later("fdatasync", fd); }}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    names = given.only or [
        "recado",
        "recado, running too",
        "stubbed",
        *PEERS,
    ]
    os.sched_setaffinity(0, {CORES[-1]})
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    measured = measure(names, given.rounds, given.count)
    measured["latency"] = {} if given.only else measure_latency()
    slow = {} if given.only else measure_slow_disk(given.rounds)
    measured["slow_disk"] = slow
    ours = measured["rates"]["recado"]
    table(
        "Durable accepts, 1.2 KB signed, 64 connections, median of the rounds",
        ("server", "accepts/s", "recado is", "CPU µs", "idle MB", "loaded MB"),
        [
            (
                name,
                f"{rate:,.0f}",
                f"{ours / rate:.2f} x",
                f"{measured['cpu_us'][name]:.0f}",
                f"{measured['memory_mb'][name][0]:.0f}",
                f"{measured['memory_mb'][name][1]:.0f}",
            )
            for name, rate in measured["rates"].items()
        ],
    )
    table(
        "Latency of accepts, open loop",
        ("per second", "p50", "p99"),
        [
            (rate, f"{found['p50_ms']:.2f} ms", f"{found['p99_ms']:.2f} ms")
            for rate, found in measured["latency"].items()
        ],
    )
    table(
        f"Durable accepts on a disk whose sync takes {SLOWER_MS} ms more",
        ("server", "accepts/s", "recado is"),
        [
            (name, f"{rate:,.0f}", f"{slow['recado'] / rate:.1f} x")
            for name, rate in slow.items()
        ],
    )
    write("accept", measured | environment())


if __name__ == "__main__":
    main()
