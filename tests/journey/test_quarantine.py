"""Rejected deliveries, from the wrong secret to their acceptance."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from recado import wire
from recado.access.roles import Role
from recado.observe.signals import Name
from recado.store import rejections
from tests.helpers.api import Api, Running
from tests.helpers.clock import FakeClock
from tests.helpers.databases import ONLY_SQLITE

TRUE_SECRET = "the-secret-of-the-sender"
CANARY = "canary-token"


@pytest.fixture
async def api(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> AsyncIterator[Api]:
    async with Running(tmp_path, clock, database_url=database_url) as running:
        yield running


class Sender:
    """Signs with the secret that the operator has yet to set."""

    def __init__(self, api: Api, trigger: dict[str, Any]) -> None:
        self._api = api
        self.trigger = trigger

    async def deliver(self, number: int) -> int:
        body = wire.encode({"event": "order", "number": number})
        digest = hmac.digest(TRUE_SECRET.encode(), body, "sha256").hex()
        headers = {"X-Webhook-Signature": digest, "Idempotency-Key": f"order-{number}"}
        url = self.trigger["hook_url"]
        reply = await self._api.call("POST", url, raw=body, role=None, headers=headers)
        return reply.status

    async def retry(self, *, role: Role = Role.OPERATOR) -> Any:
        path = f"/api/triggers/{self.trigger['id']}/quarantine/retry"
        reply = await self._api.call("POST", path, role=role)
        assert reply.status == 200, reply
        return reply.body

    async def repair(self) -> None:
        path = f"/api/triggers/{self.trigger['id']}/regenerate-secret"
        reply = await self._api.call("POST", path, {"secret": TRUE_SECRET})
        assert reply.status == 200, reply


async def a_sender(api: Api, **changes: Any) -> Sender:
    return Sender(api, await api.a_trigger(source="custom", secret="wrong", **changes))


async def accepted_numbers(api: Api) -> list[int]:
    """The orders that were stored, in the order in which they were."""
    numbers, cursor = [], ""
    while True:
        page = await api.get(f"/api/executions?limit=200{cursor}")
        numbers += [one["event_data"]["data"]["number"] for one in page["executions"]]
        if page["next_cursor"] is None:
            return numbers[::-1]
        cursor = f"&cursor={page['next_cursor']}"


async def test_ten_minutes_under_a_wrong_secret_are_all_accepted_after_the_repair(
    api: Api, clock: FakeClock
) -> None:
    sender = await a_sender(api)
    statuses = set()
    for number in range(120):
        statuses.add(await sender.deliver(number))
        clock.advance(timedelta(seconds=5))

    early = await sender.retry()
    await sender.repair()
    clock.advance(timedelta(hours=2))
    retried = await sender.retry()
    again = await sender.retry()

    assert statuses == {401}
    assert (early["accepted"], early["still_rejected"]) == (0, 120)
    assert (retried["accepted"], retried["still_rejected"]) == (120, 0)
    assert (again["accepted"], again["still_rejected"]) == (0, 0)
    assert await accepted_numbers(api) == list(range(120))
    [first] = (await api.get("/api/executions?limit=1&cursor=2"))["executions"]
    assert first["event_data"]["received_at"] == "2026-03-25T20:00:00Z"
    assert first["started_at"] == "2026-03-25T22:10:00Z"


async def test_retries_at_once_and_new_arrivals_make_no_second_execution(
    api: Api,
) -> None:
    sender = await a_sender(api)
    for number in range(120):
        await sender.deliver(number)
    await sender.repair()

    retries = [sender.retry() for _ in range(4)]
    arrivals = [sender.deliver(number) for number in range(60, 180)]
    answers = await asyncio.gather(*retries, *arrivals)

    numbers = await accepted_numbers(api)
    assert sorted(numbers) == list(range(180))
    counted = [answer for answer in answers if isinstance(answer, dict)]
    assert sum(one["accepted"] + one["duplicates"] for one in counted) == 120
    from_quarantine = [number for number in numbers if number < 60]
    assert from_quarantine == list(range(60))


async def test_what_still_does_not_pass_stays_and_says_why_now(api: Api) -> None:
    sender = await a_sender(api)
    await sender.deliver(1)
    path = f"/api/triggers/{sender.trigger['id']}"
    await api.call("PATCH", path, {"source": "github"})

    retried = await sender.retry()

    [rejection] = (await api.get(f"{path}/rejections"))["rejections"]
    assert retried["still_rejected"] == 1
    assert rejection["quarantined"] is True
    assert "X-Hub-Signature-256" in rejection["reason"]


async def test_what_the_filter_does_not_want_is_not_kept_any_longer(api: Api) -> None:
    sender = await a_sender(api, event_filter={"event": "refund"})
    await sender.deliver(1)
    await sender.repair()

    retried = await sender.retry()

    path = f"/api/triggers/{sender.trigger['id']}"
    assert retried == {
        "accepted": 0,
        "duplicates": 0,
        "filtered": 1,
        "still_rejected": 0,
    }
    assert (await api.get(f"{path}/rejections"))["rejections"] == []
    assert (await api.get(f"{path}/deliveries"))["filtered"] == 1


async def test_a_challenge_that_waited_is_no_event(api: Api) -> None:
    made = await api.a_trigger(source="slack", secret="wrong")
    body = b'{"type": "url_verification", "challenge": "c"}'
    sent = str(int(api.server.clock.now().timestamp()))
    content = b"v0:%s:%s" % (sent.encode(), body)
    digest = hmac.digest(TRUE_SECRET.encode(), content, "sha256").hex()
    headers = {
        "X-Slack-Signature": f"v0={digest}",
        "X-Slack-Request-Timestamp": sent,
    }
    await api.call("POST", made["hook_url"], raw=body, role=None, headers=headers)
    sender = Sender(api, made)
    await sender.repair()

    retried = await sender.retry()

    assert (retried["accepted"], retried["still_rejected"]) == (0, 0)
    assert (await api.get("/api/executions"))["executions"] == []


async def test_a_signature_that_was_fresh_when_it_came_is_not_stale(
    api: Api, clock: FakeClock
) -> None:
    made = await api.a_trigger(source="stripe", secret="whsec_wrong")
    body = b'{"id": "evt_1", "type": "charge.succeeded", "data": {"object": {}}}'
    for age in (0, 600):
        sent = str(int(clock.now().timestamp()) - age)
        content = b"%s.%s" % (sent.encode(), body)
        digest = hmac.digest(TRUE_SECRET.encode(), content, "sha256").hex()
        headers = {"Stripe-Signature": f"t={sent},v1={digest}"}
        await api.call("POST", made["hook_url"], raw=body, role=None, headers=headers)
    sender = Sender(api, made)
    await sender.repair()
    clock.advance(timedelta(days=1))

    retried = await sender.retry()

    path = f"/api/triggers/{made['id']}/rejections"
    [stale] = (await api.get(path))["rejections"]
    assert (retried["accepted"], retried["still_rejected"]) == (1, 1)
    assert "600 seconds before it came" in stale["reason"]


async def test_a_disabled_trigger_s_quarantine_stays(api: Api) -> None:
    sender = await a_sender(api)
    await sender.deliver(1)
    await sender.repair()
    path = f"/api/triggers/{sender.trigger['id']}"
    await api.call("PATCH", path, {"enabled": False})

    retried = await sender.retry()

    assert (retried["accepted"], retried["still_rejected"]) == (0, 1)


async def test_a_retry_is_written_down_and_told(api: Api) -> None:
    sender = await a_sender(api)
    await sender.deliver(1)
    await sender.repair()

    await sender.retry()

    entry = (await api.get("/api/audit?limit=1"))["entries"][0]
    assert entry["action"] == "trigger.quarantine_retry"
    assert entry["details"]["accepted"] == 1
    assert api.happenings.counted[Name.QUARANTINE_RETRY] == 1


async def test_a_proven_sender_s_unreadable_body_is_kept_too(api: Api) -> None:
    made = await api.a_trigger()

    reply = await api.call("POST", made["hook_url"], raw=b"[1]", role=None)

    path = f"/api/triggers/{made['id']}/rejections"
    [rejection] = (await api.get(path))["rejections"]
    assert reply.status == 400
    assert rejection["quarantined"] is True


@pytest.mark.parametrize("role", [Role.VIEWER])
async def test_a_retry_needs_an_operator(api: Api, role: Role) -> None:
    sender = await a_sender(api)

    path = f"/api/triggers/{sender.trigger['id']}/quarantine/retry"
    reply = await api.call("POST", path, role=role)

    assert reply.status == 403


@ONLY_SQLITE  # the files of it can be read
async def test_no_token_is_in_clear_in_the_database_an_answer_or_the_log(
    api: Api, tmp_path: Path
) -> None:
    made = await api.a_trigger(settings={"instance_token": "the true one"})
    body = {"event": "Message", "instanceToken": CANARY, "apikey": CANARY}
    headers = {"X-Signature": CANARY, "Authorization": f"Bearer {CANARY}"}
    for url in (made["hook_url"], made["webhook_url"]):
        await api.call("POST", url, body, role=None, headers=headers)

    path = f"/api/triggers/{made['id']}"
    shown = await api.get(f"{path}/rejections")
    retried = await api.call("POST", f"{path}/quarantine/retry")
    files = b"".join(file.read_bytes() for file in tmp_path.glob("recado.db*"))

    assert [one["quarantined"] for one in shown["rejections"]] == [True, True]
    assert retried.body["still_rejected"] == 2
    assert b"no instanceToken" in files or b"instanceToken" in files
    assert CANARY.encode() not in files
    assert CANARY not in str(shown) + str(retried.body) + api.log.getvalue()


async def test_a_signature_in_a_header_of_the_operator_s_choice_is_not_shown(
    api: Api,
) -> None:
    settings = {"signature": {"header": "X-Shop-Proof"}}
    made = await api.a_trigger(source="custom", settings=settings)
    headers = {"X-Shop-Proof": "ab" * 32}

    await api.call("POST", made["hook_url"], raw=b"{}", role=None, headers=headers)

    page = await api.get(f"/api/triggers/{made['id']}/rejections")
    assert page["rejections"][0]["headers"]["x-shop-proof"] == "[redacted]"


async def test_a_flood_stays_within_its_bounds_and_its_budget(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> None:
    async with Running(
        tmp_path, clock, quarantine_count=50, database_url=database_url
    ) as api:
        sender = await a_sender(api)
        other = await api.a_trigger(source="evolution_go")
        writes = _count_writes(api)

        flood = [_flood(sender, start) for start in range(0, 1_000, 50)]
        quiet = api.deliver(other, times=20)
        await asyncio.gather(*flood, quiet)

        path = f"/api/triggers/{sender.trigger['id']}"
        page = await api.get(f"{path}/rejections?limit=200")
        counted = await api.get(f"{path}/deliveries")
        assert len(page["rejections"]) == 50
        assert counted["rejected"] == 1_000
        assert len(writes) < 500
        clock.advance(timedelta(minutes=1))
        await sender.deliver(5_000)
        newest = (await api.get(f"{path}/rejections?limit=1"))["rejections"][0]
        assert newest["received_at"] == "2026-03-25T20:01:00Z"


async def test_a_stranger_s_flood_leaves_room_for_what_comes_to_the_hook_url(
    tmp_path: Path, clock: FakeClock, migrated_file: Path
) -> None:
    (tmp_path / "recado.db").write_bytes(migrated_file.read_bytes())
    async with Running(tmp_path, clock, quarantine_count=20) as api:
        sender = await a_sender(api)
        guessable = f"/api/triggers/webhook/{sender.trigger['id']}"

        for _ in range(40):
            await api.call("POST", guessable, raw=b"{}", role=None)
        await sender.deliver(1)
        await sender.repair()
        retried = await sender.retry()

        assert retried["accepted"] == 1


async def test_bodies_over_the_bytes_of_a_trigger_are_noted_and_not_kept(
    api: Api,
) -> None:
    made = await api.a_trigger(source="custom")

    for size in (9, 9, 9):
        body = bytes(size * 1_048_576)
        await api.call("POST", made["hook_url"], raw=body, role=None)

    path = f"/api/triggers/{made['id']}/rejections"
    kept = [one["quarantined"] for one in (await api.get(path))["rejections"]]
    assert kept == [False, True, True]


async def test_what_is_too_old_is_let_go(api: Api, clock: FakeClock) -> None:
    sender = await a_sender(api)
    await sender.deliver(1)
    clock.advance(timedelta(days=7, seconds=1))

    await api.server.services.intake.quarantine.prune()

    retried = await sender.retry()
    path = f"/api/triggers/{sender.trigger['id']}/rejections"
    [note] = (await api.get(path))["rejections"]
    assert retried["still_rejected"] == 0
    assert note["quarantined"] is False


async def test_a_deleted_trigger_keeps_nothing(api: Api) -> None:
    sender = await a_sender(api)
    await sender.deliver(1)

    await api.call("DELETE", f"/api/triggers/{sender.trigger['id']}")

    kept = await api.server.store.read(
        lambda conn: conn.execute(text("SELECT count(*) FROM quarantine")).scalar_one()
    )
    assert kept == 0


async def _flood(sender: Sender, start: int) -> None:
    for number in range(start, start + 50):
        assert await sender.deliver(number) == 401


def _count_writes(api: Api) -> list[Any]:
    """Fills with every change that is not an accept, a claim or a settlement."""
    seen: list[Any] = []
    store = api.server.store
    write = store.write

    async def counting(query: Any, *args: Any, **kwargs: Any) -> Any:
        if query is rejections.note:
            seen.append(query)
        return await write(query, *args, **kwargs)

    store.write = counting  # type: ignore[method-assign]
    return seen
