"""Executions over HTTP: lists, one, replay, discard, bulks, groups, numbers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from recado.access.roles import Role
from recado.observe.signals import Name
from tests.helpers.api import Api
from tests.helpers.clock import FakeClock

FILTERS = [
    ("status=failed", [2]),
    ("status=failed,completed", [2, 1]),
    ("status=failed&status=completed", [2, 1]),
    ("category=permanent", [2]),
    ("trigger_id=1", [1]),
    ("q=number", [2]),
    ("since=2026-03-25T20:00:00Z", [2, 1]),
    ("since=2026-03-25T17:00:00-03:00", [2, 1]),
    ("since=2026-03-25T21:00:00+01:00", [2, 1]),
    ("since=2026-03-25T20:00:01", []),
    ("until=2026-03-25T20:00:00Z", []),
    ("until=2026-03-26", [2, 1]),
]

UNCLEAR: list[tuple[dict[str, Any], str]] = [
    ({}, "filter"),
    ({"filter": {"statuss": "failed"}}, "filter.statuss"),
    ({"filter": {"ids": []}}, "filter.ids"),
    ({"filter": {"ids": ["x"]}}, "filter.ids.0"),
    ({"filter": {"trigger_id": 0}}, "filter.trigger_id"),
    ({"filter": {}, "dry_run": "yes"}, "dry_run"),
    ({"filter": {}, "all": True}, "all"),
]


async def test_an_execution_shows_its_event_failure_hint_and_attempts(api: Api) -> None:
    dead = await api.a_dead_letter()

    shown = await api.get(f"/api/executions/{dead['id']}", role=Role.VIEWER)

    [attempt] = shown.pop("attempts")
    assert shown == dead
    assert shown["status"] == "failed"
    assert shown["event_data"]["event_type"] == "Message"
    assert shown["error"] == "the number is wrong"
    assert shown["error_category"] == "permanent"
    assert "discard it" in shown["hint"]
    assert shown["duration_seconds"] == 0.0
    assert shown["started_at"] == "2026-03-25T20:00:00Z"
    assert attempt["number"] == 1
    assert attempt["outcome"] == "failed"
    assert attempt["error_category"] == "permanent"


async def test_a_cursor_walks_over_all_executions_once(api: Api) -> None:
    trigger = await api.a_trigger()
    await api.deliver(trigger, times=5)

    seen: list[int] = []
    path, cursor = "/api/executions?limit=2", None
    for _ in range(3):
        page = await api.get(path if cursor is None else f"{path}&cursor={cursor}")
        seen += [execution["id"] for execution in page["executions"]]
        cursor = page["next_cursor"]

    assert seen == [5, 4, 3, 2, 1]
    assert cursor is None


async def test_filters_restrict_the_list(api: Api) -> None:
    await api.deliver(await api.a_trigger())
    await api.a_dead_letter()

    for query, ids in FILTERS:
        page = await api.get(f"/api/executions?{query}")

        assert [execution["id"] for execution in page["executions"]] == ids, query


async def test_a_trigger_s_executions_are_its_own(api: Api) -> None:
    await api.deliver(await api.a_trigger())
    dead = await api.a_dead_letter()

    page = await api.get(f"/api/triggers/{dead['trigger_id']}/executions")

    assert [execution["id"] for execution in page["executions"]] == [dead["id"]]


@pytest.mark.parametrize("prefix", ["/api/executions", "/api/triggers/executions"])
async def test_replay_answers_in_order(api: Api, clock: FakeClock, prefix: str) -> None:
    dead = await api.a_dead_letter()
    path = f"{prefix}/{dead['id']}/replay"

    unknown = await api.call("POST", f"{prefix}/99/replay", role=Role.OPERATOR)
    done = await api.call("POST", path, role=Role.OPERATOR)
    soon = await api.call("POST", path, role=Role.OPERATOR)
    clock.advance(timedelta(seconds=61))
    later = await api.call("POST", path, role=Role.OPERATOR)

    assert (unknown.status, unknown.body["error"]) == (404, "not_found")
    assert (done.status, done.body) == (200, {"status": "ok", "new_execution_id": 2})
    assert (soon.status, soon.body["error"]) == (429, "rate_limited")
    assert soon.body["retry_after_seconds"] == 60
    assert soon.headers["retry-after"] == "60"
    assert (later.status, later.body["error"]) == (400, "not_replayable")
    assert later.body["current_status"] == "replayed"


async def test_two_replays_at_once_make_one(api: Api) -> None:
    dead = await api.a_dead_letter()
    path = f"/api/executions/{dead['id']}/replay"

    replies = await asyncio.gather(*(api.call("POST", path) for _ in range(8)))

    statuses = sorted(reply.status for reply in replies)
    assert statuses == [200, 429, 429, 429, 429, 429, 429, 429]


async def test_a_dead_letter_is_discarded_once(api: Api) -> None:
    dead = await api.a_dead_letter()
    path = f"/api/executions/{dead['id']}/discard"

    done = await api.call("POST", path, role=Role.OPERATOR)
    again = await api.call("POST", path, role=Role.OPERATOR)

    assert done.body == {"status": "ok"}
    assert (again.status, again.body["current_status"]) == (400, "discarded")


async def test_a_dry_run_counts_and_changes_nothing(api: Api) -> None:
    trigger = await api.a_trigger(action_payload="fail")
    await api.deliver(trigger, times=3)

    reply = await api.call(
        "POST",
        "/api/executions/replay",
        {"filter": {"category": "permanent", "ids": [1, 2]}, "dry_run": True},
    )

    page = await api.get("/api/executions?status=failed")
    assert (reply.status, reply.body) == (200, {"matched": 2, "dry_run": True})
    assert len(page["executions"]) == 3


@pytest.mark.parametrize(
    ("kind", "status"), [("replay", "replayed"), ("discard", "discarded")]
)
async def test_a_bulk_works_through_what_matches(
    api: Api, kind: str, status: str
) -> None:
    trigger = await api.a_trigger(action_payload="fail")
    await api.deliver(trigger, times=3)
    await api.call("PATCH", f"/api/triggers/{trigger['id']}", {"action_payload": "ok"})

    begun = await api.call(
        "POST", f"/api/executions/{kind}", {"filter": {"status": "failed"}}
    )
    await api.happenings.until(
        Name.TRIGGER_REPLAY if kind == "replay" else Name.TRIGGER_DISCARD, times=3
    )

    bulk = await _finished(api, begun.body["bulk_id"])
    page = await api.get(f"/api/executions?status={status}")
    assert (begun.status, begun.body["matched"]) == (202, 3)
    assert (bulk["done"], bulk["failed"], bulk["total"]) == (3, 0, 3)
    assert len(page["executions"]) == 3


async def _finished(api: Api, bulk_id: int) -> dict[str, Any]:
    """Wait for the last write of a bulk, which no signal tells."""
    async with asyncio.timeout(30):
        while True:
            bulk: dict[str, Any] = await api.get(f"/api/bulk/{bulk_id}")
            if bulk["state"] == "completed":
                return bulk


async def test_a_bulk_that_was_cancelled_stays_so(api: Api) -> None:
    await api.a_dead_letter()
    begun = await api.call("POST", "/api/executions/discard", {"filter": {"q": "zzz"}})
    path = f"/api/bulk/{begun.body['bulk_id']}"

    await _finished(api, begun.body["bulk_id"])
    paused = await api.call("POST", f"{path}/pause")
    missing = await api.call("POST", "/api/bulk/99/cancel")

    assert paused.body["state"] == "completed"
    assert missing.status == 404


async def test_a_bulk_says_exactly_what_it_means(api: Api) -> None:
    for body, field in UNCLEAR:
        reply = await api.call("POST", "/api/executions/replay", body)

        fields = [problem["field"] for problem in reply.body["problems"]]
        assert (reply.status, fields) == (400, [field])


async def test_dead_letters_are_grouped_by_cause(api: Api) -> None:
    trigger = await api.a_trigger(action_payload="fail")
    await api.deliver(trigger, times=2)

    shown = await api.get("/api/dead-letters")
    of_other = await api.get("/api/dead-letters?trigger_id=9")

    [group] = shown["groups"]
    assert shown["total"] == 2
    assert group["count"] == 2
    assert group["category"] == "permanent"
    assert group["error"] == "the number is wrong"
    assert group["trigger_ids"] == [trigger["id"]]
    assert group["newest_id"] == 2
    assert group["may_have_acted"] == 0
    assert "discard it" in group["hint"]
    assert of_other == {"groups": [], "total": 0}


async def test_stats_are_the_sum_of_what_happened(api: Api) -> None:
    trigger = await api.a_trigger(event_filter={"event": "Message"})
    message = {"event": "Message", "messageId": "m1"}
    for event in (message, message, {"event": "Receipt"}):
        await api.call("POST", trigger["hook_url"], event, role=None)
    await api.call("POST", trigger["webhook_url"], message, role=None)
    await api.happenings.until(Name.TRIGGER_EXECUTE)
    dead = await api.a_dead_letter()
    await api.call("POST", f"/api/executions/{dead['id']}/replay")
    await api.happenings.until(Name.TRIGGER_EXECUTE, times=3)

    stats = await api.get("/api/triggers/stats?days=7", role=Role.VIEWER)

    assert stats == {
        "window_days": 7,
        "total_executions": 3,
        "by_status": {
            "pending": 0,
            "running": 0,
            "retrying": 0,
            "held": 0,
            "completed": 1,
            "failed": 1,
            "failed_retryable": 0,
            "replayed": 1,
            "discarded": 0,
        },
        "retries_observed": 0,
        "idempotent_replays": 1,
        "filtered": 1,
        "rejected": 1,
        "replays": 1,
        "wpp_command_count": 0,
        "waiting": 0,
        "dlq_size": 1,
        "dlq_watermark": 100,
        "circuits_open": 0,
        "circuit_breaker_watermark_hit": False,
        "brokers": [],
        "unmatched": 0,
        "oldest_dead_letter_at": "2026-03-25T20:00:00Z",
    }


async def test_what_waits_is_counted(api: Api) -> None:
    trigger = await api.a_trigger(enabled=False)
    await api.accept(trigger)
    await api.happenings.until(Name.TRIGGER_HELD)

    stats = await api.get("/api/triggers/stats")

    assert stats["waiting"] == 1
    assert stats["by_status"]["held"] == 1


async def test_a_list_leaves_out_large_events_and_says_their_size(api: Api) -> None:
    trigger = await api.a_trigger()
    event = {"event": "Message", "instanceId": "i", "text": "x" * 65_536}
    await api.call("POST", trigger["hook_url"], event, role=None)
    await api.happenings.until(Name.TRIGGER_EXECUTE)
    await api.deliver(trigger)

    small, large = (await api.get("/api/executions"))["executions"]
    [_, other] = (await api.get(f"/api/triggers/{trigger['id']}/executions"))[
        "executions"
    ]
    whole = await api.get(f"/api/executions/{large['id']}")

    assert large["event_data"] is None
    assert large["event_size"] > 65_536
    assert other == large
    assert small["event_data"]["event_type"] == "Message"
    assert small["event_size"] < 1_000
    assert whole["event_data"]["data"]["text"] == event["text"]
    assert whole["event_size"] == large["event_size"]
