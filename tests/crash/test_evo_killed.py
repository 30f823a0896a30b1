"""``evolution-go-client`` killed between two tries, and started again."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado import wire
from recado.simulator.answer import Answer
from recado.simulator.faults import Fault, FaultRule
from recado.simulator.instances import Instance
from recado.simulator.server import Simulator

TOKEN = "simulator-token"
PROGRAM = str(Path(sys.executable).parent / "evolution-go-client")
WORDS = ("send_text", "5511990000001", "Paid", "--idempotency-key", "order-17-paid")


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator([Instance(name="sales", token=TOKEN)]) as running:
        yield running


async def _start(url: str) -> Process:
    return await asyncio.create_subprocess_exec(
        PROGRAM,
        *WORDS,
        stdout=PIPE,
        stderr=PIPE,
        env={"EVOLUTION_GO_URL": url, "EVOLUTION_GO_KEY": TOKEN},
    )


async def test_a_command_killed_before_its_retry_and_run_again_shows_one_message(
    simulator: Simulator,
) -> None:
    later = Answer(status=503, headers=(("Retry-After", "60"),))
    fault = Fault(answer=later, after=True)
    simulator.faults.add(FaultRule(route="POST /send/text", fault=fault, times=1))

    killed = await _start(simulator.url)
    assert killed.stderr is not None
    told = wire.decode(await killed.stderr.readline())
    killed.send_signal(signal.SIGKILL)  # it waits for its second try
    out, _ = await killed.communicate()
    again = await _start(simulator.url)
    result, _ = await again.communicate()

    assert (told["event"], out) == ("api_request_retry", b"")
    assert again.returncode == 0
    [shown] = simulator.phone.shown()
    assert shown.received == 2
    assert shown.id == wire.decode(result)["data"]["Info"]["ID"]
