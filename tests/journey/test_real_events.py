"""Every event the gateway can send, posted over a real socket."""

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from recado import wire
from recado.model.redact import MASK
from recado.observe.signals import Name
from tests.helpers.api import Api
from tests.helpers.databases import ONLY_SQLITE
from tests.helpers.shared import event_bytes, event_files

OK = {"status": "ok"}


@pytest.fixture
async def trigger(api: Api, tmp_path: Path) -> dict[str, Any]:
    script = tmp_path / "scripts" / "ok"
    script.write_text("#!/bin/sh\necho ok\n")
    script.chmod(0o700)
    return await api.a_trigger(action_payload="ok")


async def post(api: Api, url: str, body: bytes, **headers: str) -> Any:
    return await api.call("POST", url, raw=body, role=None, headers=headers)


async def executions(api: Api) -> list[dict[str, Any]]:
    page = await api.get("/api/executions?limit=200")
    found: list[dict[str, Any]] = page["executions"]
    return found


async def test_each_event_becomes_one_execution_and_its_repeat_none(
    api: Api, trigger: dict[str, Any]
) -> None:
    bodies = [path.read_bytes() for path in event_files()]

    first = [await post(api, trigger["hook_url"], body) for body in bodies]
    after_first = await executions(api)
    second = [await post(api, trigger["hook_url"], body) for body in bodies]
    after_second = await executions(api)

    assert {(reply.status, str(reply.body)) for reply in first + second} == {
        (200, str(OK))
    }
    assert len(after_first) == len(bodies) == 62
    assert len(after_second) == len(bodies)


async def test_every_one_of_them_runs(api: Api, trigger: dict[str, Any]) -> None:
    bodies = [path.read_bytes() for path in event_files()]

    for body in bodies:
        await post(api, trigger["hook_url"], body)
    await api.happenings.until(Name.TRIGGER_EXECUTE, times=len(bodies))

    statuses = Counter(one["status"] for one in await executions(api))
    assert statuses == {"completed": len(bodies)}


async def test_no_token_of_the_gateway_reaches_disk_log_or_answer(
    api: Api, trigger: dict[str, Any], tmp_path: Path
) -> None:
    for path in event_files():
        await post(api, trigger["hook_url"], path.read_bytes())
    await api.happenings.until(Name.TRIGGER_EXECUTE, times=62)
    shown = wire.encode(await executions(api))

    assert MASK.encode() in shown
    canary = b"example-instance-token"
    assert canary not in shown
    assert canary.decode() not in api.log.getvalue()
    assert files_with(canary, tmp_path) == []


def files_with(text: bytes, folder: Path) -> list[str]:
    return [
        path.name
        for path in folder.rglob("*")
        if path.is_file() and text in path.read_bytes()
    ]


async def test_delivered_and_read_are_two_events(
    api: Api, trigger: dict[str, Any]
) -> None:
    delivered = wire.decode(event_bytes("receipt_delivered"))
    read = wire.decode(event_bytes("receipt_read"))
    read["data"]["MessageIDs"] = delivered["data"]["MessageIDs"]

    for event in (delivered, read, delivered, read):
        await post(api, trigger["hook_url"], wire.encode(event))

    states = [one["event_data"]["envelope"]["state"] for one in await executions(api)]
    assert states == ["Read", "Delivered"]


async def test_a_view_once_message_and_its_content_are_two_events(
    api: Api, trigger: dict[str, Any]
) -> None:
    announced = event_bytes("message_view_once_unavailable")
    resent = event_bytes("message_view_once_resent")

    for body in (announced, resent, announced, resent):
        await post(api, trigger["hook_url"], body)

    assert len(await executions(api)) == 2


async def test_of_64_identical_posts_at_once_one_becomes_an_execution(
    api: Api, trigger: dict[str, Any]
) -> None:
    body = event_bytes("message_text")

    replies = await asyncio.gather(
        *(post(api, trigger["hook_url"], body) for _ in range(64))
    )

    assert Counter(reply.status for reply in replies) == {200: 64}
    assert len(await executions(api)) == 1
    stats = await api.get("/api/triggers/stats")
    assert stats["idempotent_replays"] == 63


async def test_by_id_it_needs_the_instance_token(
    api: Api, trigger: dict[str, Any]
) -> None:
    body = event_bytes("message_text")
    by_id = trigger["webhook_url"]

    refused = await post(api, by_id, body)
    await api.call(
        "PATCH",
        f"/api/triggers/{trigger['id']}",
        {"settings": {"instance_token": "example-instance-token"}},
    )
    accepted = await post(api, by_id, body)

    assert (refused.status, refused.body) == (accepted.status, accepted.body)
    assert len(await executions(api)) == 1
    [rejection] = (await api.get(f"/api/triggers/{trigger['id']}/rejections"))[
        "rejections"
    ]
    assert "hook_url" in rejection["reason"]


async def test_ids_cannot_be_found_out(api: Api, trigger: dict[str, Any]) -> None:
    disabled = await api.a_trigger(action_payload="ok", enabled=False)
    urls = [
        trigger["webhook_url"],
        disabled["webhook_url"],
        trigger["webhook_url"] + "99",
        trigger["webhook_url"] + "x",
    ]

    replies = [await post(api, url, b'{"event": "Message"}') for url in urls]

    assert {(reply.status, str(reply.body)) for reply in replies} == {(200, str(OK))}
    assert await executions(api) == []


async def test_the_unguessable_url_answers_honestly(
    api: Api, trigger: dict[str, Any]
) -> None:
    await api.call(
        "PATCH",
        f"/api/triggers/{trigger['id']}",
        {"settings": {"instance_token": "another-token"}},
    )
    hook = trigger["hook_url"]

    replies = {
        "wrong token": await post(api, hook, event_bytes("message_text")),
        "too large": await post(api, hook, b"x" * (10 * 1024 * 1024 + 1)),
        "no such": await post(api, hook[:-4] + "0000", b"{}"),
        "wrong method": await api.call("GET", hook, role=None),
    }

    assert {name: reply.status for name, reply in replies.items()} == {
        "wrong token": 401,
        "too large": 413,
        "no such": 404,
        "wrong method": 405,
    }


async def test_a_body_that_is_too_large_is_told_and_kept_as_a_rejection(
    api: Api, trigger: dict[str, Any]
) -> None:
    reply = await post(api, trigger["hook_url"], b"x" * (10 * 1024 * 1024 + 1))

    assert reply.status == 413
    page = await api.get(f"/api/triggers/{trigger['id']}/rejections")
    assert [one["reason"] for one in page["rejections"]] == [
        "the body is larger than 10,485,760 bytes"
    ]


async def test_a_large_body_within_the_limit_is_accepted(
    api: Api, trigger: dict[str, Any]
) -> None:
    event = wire.decode(event_bytes("message_image"))
    event["data"]["Message"]["base64"] = "A" * (9 * 1024 * 1024)

    reply = await post(api, trigger["hook_url"], wire.encode(event))

    assert reply.status == 200
    [listed] = await executions(api)
    whole = await api.get(f"/api/executions/{listed['id']}")
    assert listed["event_data"] is None
    assert len(whole["event_data"]["data"]["Message"]["base64"]) == 9 * 1024 * 1024


async def test_malformed_json_of_a_proven_sender_is_told_and_counted(
    api: Api, trigger: dict[str, Any]
) -> None:
    reply = await post(api, trigger["hook_url"], b'{"event": "Mess')

    assert reply.status == 400
    assert reply.body["error"] == "malformed"
    assert "not JSON" in reply.body["message"]
    stats = await api.get("/api/triggers/stats")
    assert stats["rejected"] == 1


async def test_a_filter_keeps_events_out_before_they_are_stored(
    api: Api, trigger: dict[str, Any]
) -> None:
    await api.call(
        "PATCH",
        f"/api/triggers/{trigger['id']}",
        {"event_filter": {"event": "Mess*", "data.Info.IsFromMe": False}},
    )

    for path in event_files():
        await post(api, trigger["hook_url"], path.read_bytes())

    kinds = {one["event_data"]["event_type"] for one in await executions(api)}
    assert kinds == {"Message"}
    stats = await api.get("/api/triggers/stats")
    assert stats["filtered"] == 62 - stats["total_executions"]


async def test_an_error_that_is_no_duplicate_is_answered_500_and_logged_in_full(
    api: Api, trigger: dict[str, Any]
) -> None:
    def break_a_constraint(conn: Any) -> None:
        # on PostgreSQL the first of the table's partitions, as no whole one can have it
        events = "events_0" if conn.dialect.name == "postgresql" else "events"
        conn.exec_driver_sql(
            f"CREATE UNIQUE INDEX uq_other ON {events} (length(document))"
        )

    await api.server.store.write(break_a_constraint)
    event = wire.decode(event_bytes("message_text"))

    first = await post(api, trigger["hook_url"], wire.encode(event))
    event["data"]["Info"]["ID"] = event["data"]["Info"]["ID"][::-1]
    second = await post(api, trigger["hook_url"], wire.encode(event))

    assert (first.status, second.status) == (200, 500)
    assert "uq_other" not in str(second.body)
    api.server.log.flush()
    assert re.search("IntegrityError: .*uq_other", api.log.getvalue())


@ONLY_SQLITE  # a full disk can be had of it alone
async def test_what_cannot_be_stored_is_answered_503_and_never_200(
    api: Api, trigger: dict[str, Any]
) -> None:
    connection = api.server.store._connection  # type: ignore[attr-defined]
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    event = wire.decode(event_bytes("message_text"))
    event["data"]["Message"]["conversation"] = "x" * 100_000

    full = await post(api, trigger["hook_url"], wire.encode(event))
    connection.execute("PRAGMA max_page_count = 1000000")
    again = await post(api, trigger["hook_url"], wire.encode(event))

    assert (full.status, again.status) == (503, 200)
    assert int(full.headers["retry-after"]) > 0
    assert len(await executions(api)) == 1
