"""The server killed with SIGKILL while a quarantine is retried; then the books."""

import asyncio
import contextlib
import hmac
import random
import signal
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import RequestError

from recado import wire
from tests.crash.test_kill import KEY, Killed

COUNT = 600
ROUNDS = 4
SECRET = "the-secret-of-the-sender"


async def call(client: Client, method: str, url: str, body: object) -> Any:
    request = client.request(method, url).bearer_auth(KEY)
    response = await request.body_bytes(wire.encode(body)).build().send()
    assert response.status < 300, await response.text()
    return wire.decode(bytes(await response.bytes()))


async def deliver(client: Client, url: str, number: int) -> int:
    body = wire.encode({"event": "order", "number": number})
    digest = hmac.digest(SECRET.encode(), body, "sha256").hex()
    request = client.post(url).header("X-Webhook-Signature", digest)
    return (await request.body_bytes(body).build().send()).status


def in_the_books(folder: Path) -> tuple[Counter[int], int]:
    """The orders that were stored, and how many are still in quarantine."""
    with contextlib.closing(sqlite3.connect(folder / "recado.db")) as connection:
        rows = connection.execute("SELECT document FROM events").fetchall()
        [(kept,)] = connection.execute("SELECT count(*) FROM quarantine").fetchall()
    stored = Counter(wire.decode(row[0])["data"]["number"] for row in rows)
    return stored, kept


@pytest.mark.timeout(300)
async def test_a_retry_that_is_killed_loses_nothing_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    """The events have no key, so nothing but the transaction keeps them from twice."""
    draw = random.Random(7)
    server = Killed(tmp_path)
    await server.start()
    async with ClientBuilder().build() as client:
        document = {
            "name": "orders",
            "source": "custom",
            "action_type": "http",
            "action_payload": "http://127.0.0.1:9/",
            "secret": "wrong",
        }
        made = await call(client, "POST", f"{server.url}/api/triggers", document)
        url = f"{server.url}/api/triggers/{made['id']}"
        statuses = await asyncio.gather(
            *(deliver(client, made["hook_url"], number) for number in range(COUNT))
        )
        await call(client, "POST", f"{url}/regenerate-secret", {"secret": SECRET})
        left = [COUNT]
        for _ in range(ROUNDS):
            retrying = asyncio.create_task(
                call(client, "POST", f"{url}/quarantine/retry", {})
            )
            while in_the_books(tmp_path)[1] == left[-1] and not retrying.done():
                await asyncio.sleep(draw.uniform(0, 0.004))
            server.end(signal.SIGKILL)
            with contextlib.suppress(RequestError):
                await retrying
            stored, kept = in_the_books(tmp_path)
            left.append(kept)
            assert stored.total() + kept == COUNT
            await server.start()
        await call(client, "POST", f"{url}/quarantine/retry", {})
        server.end(signal.SIGTERM)

    assert set(statuses) == {401}
    assert any(0 < kept < COUNT for kept in left), left
    assert in_the_books(tmp_path) == (Counter(range(COUNT)), 0)
