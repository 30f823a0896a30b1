"""An installation moves to the other database, and goes on as if nothing had been."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from recado.clock import SystemClock
from recado.observe.signals import Name
from recado.store.cipher import Cipher
from recado.store.copying import copy
from recado.store.open import open_source, open_target
from tests.helpers.api import SECRET_KEY, Api, Running

CLOCK = SystemClock()
EVENT = {"event": "Message", "instanceId": "i", "n": 0}
"""What ``a_dead_letter`` delivers."""


def move(source: str, target: str, folder: Path) -> None:
    with (
        open_source(source, folder=folder, clock=CLOCK) as reading,
        open_target(target, folder=folder, clock=CLOCK) as writing,
    ):
        cipher = Cipher(SECRET_KEY)
        copy(reading, writing, cipher=cipher, now=CLOCK.now(), tell=lambda *_: None)


async def enable(api: Api, trigger: dict[str, Any], *, is_on: bool) -> None:
    path = f"/api/triggers/{trigger['id']}"
    reply = await api.call("PATCH", path, {"enabled": is_on})
    assert reply.status == 200


async def test_duplicates_what_waits_and_dead_letters_come_along(
    database_url: str, target: str, tmp_path: Path
) -> None:
    async with Running(tmp_path, CLOCK, database_url=database_url) as before:
        dead = await before.a_dead_letter()
        paused = await before.a_trigger()
        await enable(before, paused, is_on=False)
        await before.accept(paused)
        failing = await before.get(f"/api/triggers/{dead['trigger_id']}")

    await asyncio.to_thread(move, database_url, target, tmp_path)

    async with Running(tmp_path, CLOCK, database_url=target) as after:
        path = urlsplit(failing["hook_url"]).path  # at another port now
        again = await after.call("POST", path, EVENT, role=None)
        await enable(after, paused, is_on=True)
        await after.happenings.until(Name.TRIGGER_EXECUTE)
        mended = {"action_payload": "ok"}
        await after.call("PATCH", f"/api/triggers/{dead['trigger_id']}", mended)
        replay = await after.call("POST", f"/api/executions/{dead['id']}/replay")
        await after.happenings.until(Name.TRIGGER_EXECUTE, times=2)
        page = await after.get("/api/executions")
        stats = await after.get("/api/triggers/stats")
    assert again.status == 200
    assert replay.body == {"status": "ok", "new_execution_id": 3}
    assert [(one["id"], one["status"]) for one in page["executions"]] == [
        (3, "completed"),
        (2, "completed"),
        (1, "replayed"),
    ]
    assert stats["idempotent_replays"] == 1
