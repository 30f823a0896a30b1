"""A trigger with a condition, from the front door."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from recado.observe.signals import Name
from tests.helpers.api import Api, Running
from tests.helpers.clock import FakeClock


@pytest.fixture
async def api(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> AsyncIterator[Api]:
    async with Running(tmp_path, clock, database_url=database_url) as running:
        yield running


async def deliver(api: Api, made: dict[str, Any], **data: Any) -> int:
    body = {"event": "Message", "instanceId": "i", "data": data}
    reply = await api.call("POST", made["hook_url"], body, role=None)
    return reply.status


async def test_only_what_the_condition_wants_is_stored(api: Api) -> None:
    made = await api.a_trigger(condition="event.data.total > 100")

    statuses = [await deliver(api, made, total=total) for total in (5, 500)]

    page = await api.get("/api/executions")
    told = await api.get(f"/api/triggers/{made['id']}/deliveries")
    assert statuses == [200, 200]
    assert [one["event_data"]["data"]["total"] for one in page["executions"]] == [500]
    assert (told["filtered"], told["last"][0]["reason"]) == (1, "condition")


async def test_what_cannot_be_decided_is_kept_until_the_condition_is_mended(
    api: Api,
) -> None:
    made = await api.a_trigger(condition="event.data.total > 100")
    path = f"/api/triggers/{made['id']}"

    status = await deliver(api, made, sum=500)
    [rejection] = (await api.get(f"{path}/rejections"))["rejections"]
    mended = "has(event.data.sum) && event.data.sum > 100"
    await api.call("PATCH", path, {"condition": mended})
    retried = await api.call("POST", f"{path}/quarantine/retry")

    assert status == 200
    assert rejection["quarantined"] is True
    assert rejection["reason"] == (
        'the condition failed: NOT_FOUND: Key not found in map : "total"; ask has(…) '
        "first where a field can be missing"
    )
    assert retried.body["accepted"] == 1
    await api.happenings.until(Name.TRIGGER_EXECUTE)


async def test_what_can_neither_be_decided_nor_kept_stays_with_its_sender(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> None:
    async with Running(
        tmp_path, clock, quarantine_count=0, database_url=database_url
    ) as api:
        made = await api.a_trigger(condition="event.data.total > 100")

        assert await deliver(api, made, sum=500) == 503


async def test_a_try_asks_the_condition_too(api: Api) -> None:
    made = await api.a_trigger(condition="event.data.total > 100")
    path = f"/api/triggers/{made['id']}/test"

    reasons = []
    for data in ({"total": 500}, {"total": 5}, {}):
        asked = {"payload": {"event": "Message", "data": data}}
        reply = await api.call("POST", path, asked)
        reasons.append((reply.body["would_run"], reply.body["reason"]))

    assert reasons[0] == (True, "every condition of the trigger holds")
    assert reasons[1] == (False, "the condition is false")
    assert reasons[2][0] is False
    assert "Key not found" in reasons[2][1]


async def test_a_trigger_warns_of_events_that_never_come(api: Api) -> None:
    made = await api.a_trigger(event_filter={"event": "message"})

    changed = await api.call(
        "PUT",
        f"/api/triggers/{made['id']}",
        {k: v for k, v in made.items() if k != "secret"},
    )

    assert "did you mean Message?" in made["warnings"][0]
    assert changed.status == 200
    assert changed.body["warnings"] == made["warnings"]
