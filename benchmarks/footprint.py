"""What an event leaves on the disk and costs the database, and how long a copy takes.

    python benchmarks/footprint.py [--count 100000]

Events of 1,200 bytes with a key and a chat are accepted, claimed and completed through
the store, on SQLite and on a PostgreSQL that is started for it; then the file is copied
to another database of that server. CPU is counted and not elapsed, so that others at
work on the machine disturb little; the copy is timed.
"""

import argparse
import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
from postgres import HERE  # makes the tests' helpers and the source importable
from results import environment, table, write

AT_ONCE = 500
CHATS = 5_000


async def run_events(store: Any, count: int) -> None:
    """Take events all the way to their end."""
    from recado.model.ids import WorkerId
    from recado.model.status import Status
    from tests.helpers.builders import (
        a_new_execution,
        a_settlement,
        a_stored_trigger,
    )

    trigger = await a_stored_trigger(store)
    worker, lease = WorkerId("ana"), timedelta(seconds=60)
    for first in range(0, count, AT_ONCE):
        new = (
            a_new_execution(
                trigger,
                document=b"x" * 1_200,
                idempotency_key=f"Message|instance|3EB0{number:018X}",
                ordering_key=f"instance|{number % CHATS}@s.whatsapp.net",
            )
            for number in range(first, first + AT_ONCE)
        )
        await asyncio.gather(*map(store.accept, new))
        lent = await store.claim(worker, limit=AT_ONCE, lease=lease, room={}, caps={})
        ends = (a_settlement(one, Status.COMPLETED) for one in lent)
        await asyncio.gather(*map(store.settle, ends))


async def with_store(url: str, folder: Path, count: int) -> None:
    from recado.store.open import open_store

    store = await open_store(url, folder=folder, clock=None, sleep=asyncio.sleep)
    await run_events(store, count)
    await store.close()


def on_postgres(url: str, count: int) -> dict[str, float]:
    import uvloop

    before, log = cpu(url), wal(url)
    uvloop.run(with_store(url, HERE, count))
    with psycopg.connect(url, autocommit=True) as connection:
        logged, spent = wal(url) - log, cpu(url) - before
        connection.execute("VACUUM")
        [(size,)] = connection.execute("SELECT pg_database_size(current_database())")
    return {
        "bytes": size / count,
        "wal_bytes": logged / count,
        "cpu_us": spent / count * 1e6,
    }


def cpu(url: str) -> float:
    """Seconds of all the server's processes so far, ended ones too."""
    with psycopg.connect(url) as connection:
        ours = psutil.Process(connection.info.backend_pid)
        main = ours.parents()[0]
        times = main.cpu_times()
        living = [sum(one.cpu_times()[:2]) for one in main.children() if one != ours]
    return sum(times[:4], start=sum(living))


def wal(url: str) -> int:
    """Bytes that the server has logged so far."""
    with psycopg.connect(url) as connection:
        query = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
        [(position,)] = connection.execute(query)
    return int(position)


def copied(folder: Path, url: str) -> float:
    from recado.clock import SystemClock
    from recado.store.copying import copy
    from recado.store.open import open_source, open_target
    from tests.helpers.builders import CIPHER

    clock, begun = SystemClock(), time.perf_counter()
    with (
        open_source("sqlite:///recado.db", folder=folder, clock=clock) as source,
        open_target(url, folder=folder, clock=clock) as target,
    ):
        copy(source, target, cipher=CIPHER, now=clock.now(), tell=lambda *_: None)
    return time.perf_counter() - begun


def measure(count: int) -> dict[str, Any]:
    import uvloop

    from tests.helpers.postgres import running_postgres

    with (
        tempfile.TemporaryDirectory() as kept,
        running_postgres({"autovacuum": "on"}) as server,
    ):
        folder = Path(kept)
        uvloop.run(with_store("sqlite:///recado.db", folder, count))
        size = (folder / "recado.db").stat().st_size
        return {
            "count": count,
            "sqlite_bytes": size / count,
            "postgres": on_postgres(server.url(server.create()), count),
            "copy_seconds": copied(folder, server.url(server.create())),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    found = measure(parser.parse_args().count)
    of_postgres = found["postgres"]
    table(
        f"{found['count']:,} events of 1,200 bytes, each completed",
        ("what", "figure"),
        [
            ("SQLite, bytes on disk per event", f"{found['sqlite_bytes']:,.0f}"),
            ("PostgreSQL, the same", f"{of_postgres['bytes']:,.0f}"),
            ("PostgreSQL, bytes of log per event", f"{of_postgres['wal_bytes']:,.0f}"),
            ("PostgreSQL, its CPU per event", f"{of_postgres['cpu_us']:,.0f} µs"),
            ("recado db copy, all of it", f"{found['copy_seconds']:,.1f} s"),
        ],
    )
    write("footprint", found | environment())


if __name__ == "__main__":
    main()
