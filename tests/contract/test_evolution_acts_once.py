"""A send whose answer was lost shows once, on the stand-in's phone."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest

from recado.evolution.async_client import AsyncEvolutionGo, AsyncOutside
from recado.evolution.client import EvolutionGo, Outside
from recado.simulator.faults import Fault, FaultRule
from recado.simulator.instances import Instance
from recado.simulator.server import Simulator

NUMBER = "5511990000001"
KEY = "simulator-token"
ACTED_THEN_LOST = FaultRule(
    route="POST /send/text", fault=Fault(drop=True, after=True), times=1
)

PROGRAM = """
import sys
from recado.evolution import EvolutionGo, RetryPolicy

LATER = RetryPolicy(base_delay=60, max_delay=60)

def tell(failed):
    print("failed", flush=True)

with EvolutionGo(*sys.argv[1:3], retry=LATER, on_failed_try=tell) as client:
    sent = client.send_text(sys.argv[3], "Paid", idempotency_key="order-17-paid")
    print(sent.id, flush=True)
"""


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator([Instance(name="sales", token=KEY)]) as running:
        yield running


@pytest.mark.parametrize("kind", ["blocking", "coroutines"])
async def test_a_repeated_send_is_shown_once(simulator: Simulator, kind: str) -> None:
    simulator.faults.add(ACTED_THEN_LOST)

    if kind == "blocking":
        sent_id = await asyncio.to_thread(_send_blocking, simulator.url)
    else:
        outside = AsyncOutside(sleep=_no_time)
        async with AsyncEvolutionGo(simulator.url, KEY, outside=outside) as client:
            sent_id = (await client.send_text(NUMBER, "Paid")).id

    [shown] = simulator.phone.shown()
    assert (shown.id, shown.received) == (sent_id, 2)


async def test_a_program_killed_before_its_retry_and_started_again_shows_it_once(
    simulator: Simulator,
) -> None:
    simulator.faults.add(ACTED_THEN_LOST)

    first = await _start(simulator.url)
    assert first.stdout is not None
    assert await first.stdout.readline() == b"failed\n"  # and now it waits
    first.send_signal(signal.SIGKILL)
    await first.communicate()
    again = await _start(simulator.url)
    told, _ = await again.communicate()

    assert again.returncode == 0
    [shown] = simulator.phone.shown()
    assert shown.received == 2
    assert told.decode().strip() == shown.id


def _send_blocking(url: str) -> str:
    outside = Outside(sleep=lambda _: None)
    with EvolutionGo(url, KEY, outside=outside) as client:
        return client.send_text(NUMBER, "Paid").id


async def _no_time(_: float) -> None:
    """Wait for nothing."""


async def _start(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        url,
        KEY,
        NUMBER,
        stdout=PIPE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
    )
