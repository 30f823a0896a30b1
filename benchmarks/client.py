"""Sends per second and CPU per send, beside what a client could be made of.

    python benchmarks/client.py [--rounds 15] [--count 500] [--starts 60]

One local server on one core answers all; the clients run on the other, in turns of
``--count`` sends, so that the drift of the machine meets all alike. CPU per send is the
measure to trust: it counts all threads of the client's process. "bare" is the HTTP
library that Recado uses, with the same headers, the same JSON library for the body and
for the answer, and nothing else. Last comes the start of the command line, as
``startup.py`` measures it.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import orjson
from accept import free_port, wait_for
from pyreqwest.client import ClientBuilder, SyncClientBuilder
from results import environment, table, write
from startup import measure_starts

from recado.evolution import AsyncEvolutionGo, EvolutionGo

HERE = Path(__file__).parent
CORES = sorted(os.sched_getaffinity(0))
KEY = "benchmark-token"
HEADERS = {"apikey": KEY, "content-type": "application/json"}
NUMBERS = [f"55119900{number:05}" for number in range(1000)]
TEXT = "Your order has shipped"
MESSAGE_ID = "3EB0C0FFEE00112233AA55"
AT_ONCE = 32
WAIT = timedelta(seconds=135)

Send = Callable[[str], Any]
AsyncSend = Callable[[str], Awaitable[Any]]


@contextmanager
def gateway() -> Iterator[str]:
    port = free_port()
    command = [sys.executable, str(HERE / "gateway.py"), "--port", str(port)]
    process = subprocess.Popen([*command, "--core", str(CORES[0])])
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def body(number: str) -> dict[str, Any]:
    return {"number": number, "text": TEXT, "id": MESSAGE_ID}


def blocking_senders(url: str) -> dict[str, Send]:
    client = EvolutionGo(url, KEY)
    bare = SyncClientBuilder().build()
    other = httpx2.Client(headers=HEADERS, timeout=135)
    address = url + "/send/text"

    def send_bare(number: str) -> Any:
        call = bare.post(address)
        call.header("apikey", KEY).header("content-type", "application/json")
        call.body_bytes(orjson.dumps(body(number))).timeout(WAIT)
        response = call.build().send()
        return orjson.loads(bytes(response.bytes()))["data"]["Info"]["ID"]

    def send_urllib(number: str) -> Any:
        data = json.dumps(body(number)).encode()
        request = urllib.request.Request(address, data, HEADERS)
        with urllib.request.urlopen(request, timeout=135) as response:
            return json.load(response)["data"]["Info"]["ID"]

    def send_httpx2(number: str) -> Any:
        response = other.post(address, content=orjson.dumps(body(number)))
        return orjson.loads(response.content)["data"]["Info"]["ID"]

    return {
        "recado": lambda number: client.send_text(number, TEXT).id,
        "bare": send_bare,
        "urllib.request": send_urllib,
        "httpx2": send_httpx2,
    }


def async_senders(url: str) -> dict[str, AsyncSend]:
    client = AsyncEvolutionGo(url, KEY)
    bare = ClientBuilder().build()
    other = httpx2.AsyncClient(headers=HEADERS, timeout=135)
    address = url + "/send/text"

    async def send(number: str) -> Any:
        return (await client.send_text(number, TEXT)).id

    async def send_bare(number: str) -> Any:
        call = bare.post(address)
        call.header("apikey", KEY).header("content-type", "application/json")
        call.body_bytes(orjson.dumps(body(number))).timeout(WAIT)
        response = await call.build().send()
        return orjson.loads(bytes(await response.bytes()))["data"]["Info"]["ID"]

    async def send_httpx2(number: str) -> Any:
        response = await other.post(address, content=orjson.dumps(body(number)))
        return orjson.loads(response.content)["data"]["Info"]["ID"]

    return {"recado": send, "bare": send_bare, "httpx2": send_httpx2}


class Measured:
    """The turns of all senders of one kind."""

    def __init__(self, names: list[str]) -> None:
        self.cpu: dict[str, list[float]] = {name: [] for name in names}
        self.rate: dict[str, list[float]] = {name: [] for name in names}

    @contextmanager
    def turn(self, name: str, count: int) -> Iterator[None]:
        begun, cpu = time.perf_counter(), time.process_time()
        yield
        self.cpu[name].append((time.process_time() - cpu) / count * 1e6)
        self.rate[name].append(count / (time.perf_counter() - begun))

    def figures(self) -> dict[str, dict[str, float]]:
        return {
            name: {
                "per_second": round(statistics.median(self.rate[name])),
                "cpu_us": round(statistics.median(self.cpu[name]), 1),
                "cpu_us_least": round(min(self.cpu[name]), 1),
                "of_bare": round(self._ratio(name), 3),
                "of_bare_least": round(min(self.cpu[name]) / min(self.cpu["bare"]), 3),
            }
            for name in self.cpu
        }

    def _ratio(self, name: str) -> float:
        pairs = zip(self.cpu[name], self.cpu["bare"], strict=True)
        return statistics.median(ours / bare for ours, bare in pairs)


def in_other_orders(senders: dict[str, Any], rounds: int) -> Iterator[list[Any]]:
    """Give the senders in a new order for each round.

    Who comes after a heavy one meets a scheduler that wants its time back.
    """
    chance = random.Random(17)
    for _ in range(rounds):
        turns = list(senders.items())
        chance.shuffle(turns)
        yield turns


def measure_blocking(url: str, rounds: int, count: int) -> Measured:
    senders = blocking_senders(url)
    measured = Measured(list(senders))
    for send in senders.values():
        assert send(NUMBERS[0]) == MESSAGE_ID
    for turns in in_other_orders(senders, rounds):
        for name, send in turns:
            with measured.turn(name, count):
                for place in range(count):
                    send(NUMBERS[place % len(NUMBERS)])
    return measured


async def measure_async(url: str, rounds: int, count: int, at_once: int) -> Measured:
    senders = async_senders(url)
    measured = Measured(list(senders))
    for send in senders.values():
        assert await send(NUMBERS[0]) == MESSAGE_ID
    for turns in in_other_orders(senders, rounds):
        for name, send in turns:
            places = iter(range(count))

            async def work(send: AsyncSend = send, places: Any = places) -> None:
                for place in places:
                    await send(NUMBERS[place % len(NUMBERS)])

            with measured.turn(name, count):
                await asyncio.gather(*(work() for _ in range(at_once)))
    return measured


def show(title: str, figures: dict[str, dict[str, float]]) -> None:
    table(
        title,
        ("client", "sends/s", "CPU per send", "of bare (median)", "of bare (least)"),
        [
            (
                name,
                f"{found['per_second']:,.0f}",
                f"{found['cpu_us']:.0f} µs",
                f"{found['of_bare']:.2f} x",
                f"{found['of_bare_least']:.2f} x",
            )
            for name, found in figures.items()
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--starts", type=int, default=60)
    given = parser.parse_args()
    os.sched_setaffinity(0, {CORES[-1]})
    measured: dict[str, Any] = {}
    with gateway() as url:
        blocking = measure_blocking(url, given.rounds, given.count)
        together = asyncio.run(measure_async(url, given.rounds, given.count, AT_ONCE))
        measured["blocking"] = blocking.figures()
        measured["together"] = together.figures()
        show("Blocking, one at a time", measured["blocking"])
        show(f"Coroutines, {AT_ONCE} at a time", measured["together"])
    os.sched_setaffinity(0, CORES)
    measured["starts"] = measure_starts(given.starts)
    write("client", measured | environment())


if __name__ == "__main__":
    main()
