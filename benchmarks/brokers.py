"""A backlog of 100,000 events drained from RabbitMQ and from a JetStream stream.

    python benchmarks/brokers.py [--count 100000] [--brokers amqp,stream]

The events lie in the broker before Recado starts; each is proven, parsed, stored and
synced to disk before it is acknowledged. The clock runs from the connection to the
last commit. Memory is the resident size of Recado's process. SQLite's page cache, 64
MiB, fills with the first third of the backlog; from then on nothing may grow.

The brokers are those of the tests: RabbitMQ from Debian's package, NATS from its wheel.
"""

import argparse
import asyncio
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from results import environment, table, write

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

QUEUE = "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10.message"
TOKEN = "token-of-the-benchmark"
AT_ONCE = 500


def bodies(count: int) -> Iterator[bytes]:
    from recado import wire
    from recado.simulator.envelopes import message
    from recado.simulator.instances import Instance
    from recado.simulator.message_content import Said
    from tests.helpers.builders import NOON

    instance = Instance(name="sales", token=TOKEN)
    for number in range(count):
        chat = f"55119{number % 5000:08}@s.whatsapp.net"
        said = Said(id=f"3A{number:018X}", at=NOON, chat=chat, text=f"text {number}")
        yield wire.encode(message(instance, said))


async def fill_amqp(url: str, count: int) -> None:
    import aiormq
    from pamqp.commands import Basic

    from tests.helpers.doors import OF_THE_GATEWAY

    connection = await aiormq.connect(url)
    channel = await connection.channel()
    await channel.queue_declare(QUEUE, durable=True, arguments=OF_THE_GATEWAY)
    properties = Basic.Properties(delivery_mode=2)

    async def publish(body: bytes) -> None:
        await channel.basic_publish(body, routing_key=QUEUE, properties=properties)

    await in_batches(bodies(count), publish)
    await connection.close()


async def fill_stream(url: str, count: int) -> None:
    import nats

    client = await nats.connect(url)
    context = client.jetstream()
    await context.add_stream(name="EVENTS", subjects=[QUEUE])

    async def publish(body: bytes) -> None:
        await context.publish(QUEUE, body, timeout=60)

    await in_batches(bodies(count), publish)
    await client.close()


async def in_batches(made: Iterator[bytes], publish: Any) -> None:
    while batch := list(islice(made, AT_ONCE)):
        await asyncio.gather(*map(publish, batch))


def resident_mb() -> float:
    import psutil

    return psutil.Process().memory_info().rss / 1e6


async def drain(settings: dict[str, str], count: int) -> dict[str, Any]:
    """Serve until the whole backlog is stored. In a process of its own."""
    from recado.cli.run_server import spare_the_collector
    from recado.model.redact import Secret
    from recado.model.trigger import ActionType, TriggerSettings, TriggerType
    from recado.observe.signals import Name, Signal
    from recado.server import Server
    from recado.settings import read_settings
    from recado.store import triggers
    from recado.store.triggers import TriggerFields

    server = Server(read_settings(settings), log_to=Nowhere(), with_worker=False)
    begun, memory, stored = [0.0], [0.0], [0]
    sizes: list[float] = []
    over = asyncio.Event()

    def listen(signal: Signal) -> None:
        if signal.name is Name.BROKER_CONNECTED and not begun[0]:
            begun[0], memory[0] = time.perf_counter(), resident_mb()
        if signal.name is Name.TRIGGER_WEBHOOK:
            stored[0] += 1
            if stored[0] % (count // 10) == 0:
                sizes.append(resident_mb())
            if stored[0] == count:
                over.set()

    server.signals.listen(listen)
    fields = TriggerFields(
        name="benchmark",
        type=TriggerType.WEBHOOK,
        source="evolution_go",
        event_filter={},
        condition=None,
        action_type=ActionType.HTTP,
        action_payload="http://nowhere.invalid",
        agent=None,
        enabled=True,
        settings=TriggerSettings(instance_token=Secret(TOKEN)),
    )

    async with server:
        spare_the_collector()
        # before the broker has answered
        await server.store.write(
            triggers.create,
            fields,
            secret=Secret("s"),
            hook_token=Secret("t"),
            cipher=server.services.cipher,
            now=server.clock.now(),
        )
        await server.services.triggers.load()
        await over.wait()
        seconds = time.perf_counter() - begun[0]
    return {
        "per_second": count / seconds,
        "memory_at_connection_mb": memory[0],
        "memory_after_each_tenth_mb": sizes,
    }


class Nowhere(io.StringIO):
    def write(self, text: str) -> int:
        return len(text)


def measure(kind: str, count: int, folder: Path) -> dict[str, Any]:
    from tests.helpers.nats import NatsNode
    from tests.helpers.rabbitmq import RabbitNode

    node = (RabbitNode if kind == "amqp" else NatsNode)(folder / "broker")
    url = node.start()
    try:
        fill = fill_amqp if kind == "amqp" else fill_stream
        asyncio.run(fill(url, count))
        settings = {"RECADO_DATA_DIR": str(folder / "data"), "RECADO_PORT": "0"}
        if kind == "amqp":
            settings |= {"RECADO_AMQP_URL": url, "RECADO_AMQP_QUEUES": QUEUE}
        else:
            settings |= {"RECADO_NATS_URL": url, "RECADO_NATS_STREAM": "EVENTS"}
        done = subprocess.run(
            [sys.executable, __file__, "--drain", json.dumps([settings, count])],
            stdout=subprocess.PIPE,
            check=True,
        )
    finally:
        node.stop()
    return dict(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--brokers", default="amqp,stream")
    parser.add_argument("--drain", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.drain:
        print(json.dumps(asyncio.run(drain(*json.loads(given.drain)))))
        return
    measured = {}
    for kind in given.brokers.split(","):
        with tempfile.TemporaryDirectory() as folder:
            measured[kind] = measure(kind, given.count, Path(folder))
    rows = []
    for kind, one in measured.items():
        sizes = one["memory_after_each_tenth_mb"]
        memory = [one["memory_at_connection_mb"], sizes[3], sizes[-1]]
        rows.append(
            [kind, f"{one['per_second']:,.0f}", *(f"{each:.0f} MB" for each in memory)]
        )
    head = ["broker", "per second", "at connection", "after 40 %", "at the end"]
    table(f"A backlog of {given.count:,} events", head, rows)
    write("brokers", {"environment": environment(), "count": given.count} | measured)


if __name__ == "__main__":
    main()
