"""A program that ends right after its last call ends with its own status."""

import subprocess
import sys

from tests.helpers.gateway_server import GatewayServer, sent_reply

# The library wakes the loop from its own thread. A wake that takes long after the loop
# has heard of it, and an interpreter that takes longer to end, are what a busy machine
# gives now and then; here they come every time.
SLOW_TO_LEAVE = """
import asyncio, sys, threading, time
from recado.evolution import AsyncEvolutionGo

class Loop(asyncio.SelectorEventLoop):
    def _write_to_self(self):
        super()._write_to_self()
        if threading.get_ident() != threading.main_thread().ident:
            time.sleep(0.2)

class SlowToEnd:
    def __del__(self, sleep=time.sleep):
        sleep(0.5)

last = SlowToEnd()

async def main():
    client = AsyncEvolutionGo(sys.argv[1], "k")
    await client.send_text("5511990000001", "Hello")

with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(main())
"""


def test_the_library_s_thread_does_not_abort_a_program_that_ends() -> None:
    with GatewayServer([sent_reply()]) as server:
        done = subprocess.run(
            [sys.executable, "-c", SLOW_TO_LEAVE, server.url],
            capture_output=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (0, b"")
