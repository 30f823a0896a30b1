"""What it takes to prune a stretch of old executions on PostgreSQL: whole, or by rows.

    python benchmarks/pruning.py [--count 300000]

A stretch is filled with executions of 40 days ago, each with a payload of 1,200 bytes,
an attempt and a key that no longer blocks; one in a hundred is a dead letter, which
must stay. The next stretch holds as many of today. One database drops the stretch, the
other deletes row by row; each then cleans up with VACUUM. Meanwhile deliveries come in
at a steady rate, and how long the slowest accept took is what others feel of it.
"""

import argparse
import asyncio
import time
from datetime import timedelta
from typing import Any

import psycopg
from footprint import wal
from postgres import HERE  # makes the tests' helpers and the source importable
from results import environment, table, write

STRETCH = 1_000_000
RETENTION = timedelta(days=30)
BETWEEN_ACCEPTS = 0.01  # seconds

FILL = """
INSERT INTO trigger_executions (id, trigger_id, root_id, status, idempotency_key,
  dedupe_until, ordering_key, attempt_count, failure_count, may_have_acted,
  started_at, completed_at, error, error_category)
SELECT n, 1, n, CASE WHEN mod(n, 100) = 0 THEN 'failed' ELSE 'completed' END,
  'Message|instance|' || md5(n::text), {at}, 'chat-' || mod(n, 5000), 1, 0, false,
  {at}, {at}, CASE WHEN mod(n, 100) = 0 THEN 'gone' END,
  CASE WHEN mod(n, 100) = 0 THEN 'permanent' END
FROM generate_series({first}, {last}) AS n;
INSERT INTO idempotency_keys SELECT trigger_id, idempotency_key, id
FROM trigger_executions WHERE id BETWEEN {first} AND {last};
INSERT INTO events SELECT n, {at}, decode(repeat(md5(n::text), 75), 'hex')
FROM generate_series({first}, {last}) AS n;
INSERT INTO execution_attempts (
  execution_id, number, started_at, finished_at, outcome
)
SELECT n, 1, {at}, {at}, 'completed' FROM generate_series({first}, {last}) AS n;
"""


def fill(url: str, first: int, count: int, *, at: int) -> None:
    said = FILL.format(first=first, last=first + count - 1, at=at)
    with psycopg.connect(url) as connection:
        connection.execute(said.encode())


async def prune(url: str, count: int, *, whole: bool) -> dict[str, float]:
    from recado.execution.prune import Pruner
    from recado.observe.signals import Signals
    from recado.store.columns import to_micros
    from recado.store.open import open_store
    from recado.store.pruning import Dropped
    from tests.helpers.builders import a_stored_trigger

    async def nothing(**_: Any) -> Dropped:
        return Dropped()

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    store = await open_store(url, folder=HERE, clock=None, sleep=asyncio.sleep)
    if not whole:
        store.drop_old = nothing  # type: ignore[method-assign]
    trigger = await a_stored_trigger(store)
    now = store.clock.now()
    await store.make_room()
    fill(url, 1, count, at=to_micros(now - timedelta(days=40)))
    fill(url, STRETCH, count, at=to_micros(now))
    with psycopg.connect(url, autocommit=True) as connection:
        go_on = f"SELECT setval('trigger_executions_id_seq', {STRETCH + count})"
        connection.execute(go_on.encode())
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    pruner = Pruner(
        store,
        retention=RETENTION,
        clock=store.clock,
        signals=Signals(print),
        sleep=at_once,
    )
    waits: list[float] = []
    accepting = asyncio.create_task(accept_for_ever(store, trigger, waits))
    before, begun = wal(url), time.perf_counter()
    await pruner.prune()
    took, logged = time.perf_counter() - begun, wal(url) - before
    accepting.cancel()
    await asyncio.gather(accepting, return_exceptions=True)
    await store.close()
    waits.sort()
    return {
        "seconds": took,
        "wal_bytes": logged,
        "vacuum_seconds": vacuum(url),
        "accepts": len(waits),
        "accept_p50_ms": waits[len(waits) // 2] * 1_000,
        "accept_longest_ms": waits[-1] * 1_000,
    }


async def accept_for_ever(store: Any, trigger: Any, waits: list[float]) -> None:
    from tests.helpers.builders import a_new_execution

    while True:
        begun = time.perf_counter()
        now = store.clock.now()
        new = a_new_execution(trigger, document=b"x" * 1_200, received_at=now)
        await store.accept(new)
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(BETWEEN_ACCEPTS)


def vacuum(url: str) -> float:
    begun = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM trigger_executions, events, execution_attempts")
        connection.execute("VACUUM idempotency_keys")
    return time.perf_counter() - begun


def measure(count: int) -> dict[str, Any]:
    import uvloop

    from recado.store.postgres.connect import Address
    from recado.store.postgres.open import bring_up
    from tests.helpers.postgres import running_postgres

    found: dict[str, Any] = {"count": count}
    with running_postgres({"autovacuum": "off", "max_wal_size": "4GB"}) as server:
        for name, whole in (("whole", True), ("by rows", False)):
            database = server.create()
            bring_up(Address.of(server.url(database)))
            found[name] = uvloop.run(prune(server.url(database), count, whole=whole))
            server.drop(database)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300_000)
    found = measure(parser.parse_args().count)
    rows = [
        (
            name,
            f"{one['seconds']:.1f} s",
            f"{one['wal_bytes'] / 1e6:,.0f} MB",
            f"{one['vacuum_seconds']:.2f} s",
            f"{one['accept_p50_ms']:.1f} ms",
            f"{one['accept_longest_ms']:.0f} ms",
        )
        for name, one in found.items()
        if isinstance(one, dict)
    ]
    table(
        f"{found['count']:,} executions of 40 days ago, beside as many of today",
        ("pruned", "took", "log", "VACUUM after", "accept p50", "longest accept"),
        rows,
    )
    write("pruning", {**found, "environment": environment()})


if __name__ == "__main__":
    main()
