"""Every sender under a wrong secret, over a real socket, and after the repair."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recado import wire
from recado.intake.identify import identify
from recado.intake.sources.registry import SOURCES
from tests.helpers.api import Api, Reply, Running
from tests.helpers.clock import FakeClock
from tests.helpers.senders import NOW, SENDERS, Sender

COUNT = 20
EVERY = timedelta(seconds=30)
every_sender = pytest.mark.parametrize("sender", SENDERS, ids=lambda one: one.name)
TIMED = [one for one in SENDERS if one.tolerance]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
async def api(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> AsyncIterator[Api]:
    async with Running(tmp_path, clock, database_url=database_url) as running:
        yield running


async def a_wrong_trigger(api: Api, sender: Sender) -> dict[str, Any]:
    settings = dict(sender.settings)
    if sender.token:
        settings["instance_token"] = "another"
    return await api.a_trigger(
        source=sender.source, secret=another_secret(sender), settings=settings
    )


def another_secret(sender: Sender) -> str:
    if sender.source == "discord":
        return "07" * 32
    if sender.source == "standard":
        return "whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg=="
    return "another-secret-than-the-right-one"


async def repair(api: Api, trigger: dict[str, Any], sender: Sender) -> None:
    path = f"/api/triggers/{trigger['id']}"
    if sender.token:
        change = {"settings": {"instance_token": sender.token}}
        reply = await api.call("PATCH", path, change)
    else:
        secret = {"secret": sender.secret}
        reply = await api.call("POST", f"{path}/regenerate-secret", secret)
    assert reply.status == 200, reply


async def deliver(
    api: Api, trigger: dict[str, Any], sender: Sender, *, age: timedelta = timedelta(0)
) -> Reply:
    # by id: the hook URL of evolution_api is proof enough
    sent_at = api.server.clock.now() - age
    body = sender.make_body(sent_at)
    headers = sender.headers(body, sent_at)
    url = trigger["webhook_url"]
    return await api.call("POST", url, raw=body, role=None, headers=headers)


async def retry(api: Api, trigger: dict[str, Any]) -> dict[str, int]:
    path = f"/api/triggers/{trigger['id']}/quarantine/retry"
    reply = await api.call("POST", path)
    assert reply.status == 200, reply
    counts: dict[str, int] = reply.body
    return counts


async def stored_keys(api: Api) -> list[str]:
    page = await api.get("/api/executions?limit=200")
    return [one["idempotency_key"] for one in page["executions"]][::-1]


def key_of(sender: Sender) -> str | None:
    source = SOURCES[sender.source]
    return identify(
        sender.trigger(), source, source.parse(sender.deliver())
    ).idempotency_key


@every_sender
async def test_ten_minutes_under_a_wrong_secret_are_accepted_in_order_and_once(
    sender: Sender, api: Api, clock: FakeClock, tmp_path: Path
) -> None:
    trigger = await a_wrong_trigger(api, sender)
    several = [sender.nth(number) for number in range(COUNT)]
    for one in several:
        await deliver(api, trigger, one)
        clock.advance(EVERY)
    early = await retry(api, trigger)
    await repair(api, trigger, sender)
    clock.advance(timedelta(hours=2))

    retried = await retry(api, trigger)
    again = await retry(api, trigger)
    # as a sender may that had no 200
    await asyncio.gather(*(deliver(api, trigger, one) for one in several))

    nothing = {"accepted": 0, "duplicates": 0, "filtered": 0, "still_rejected": 0}
    assert early == nothing | {"still_rejected": COUNT}
    assert retried == nothing | {"accepted": COUNT}
    assert again == nothing
    assert await stored_keys(api) == [key_of(one) for one in several]
    stats = await api.get(f"/api/triggers/{trigger['id']}/deliveries")
    assert (stats["accepted"], stats["duplicate"]) == (COUNT, COUNT)
    assert await leaks(api, trigger, several[0], folder=tmp_path) == []


@pytest.mark.parametrize("sender", TIMED, ids=lambda one: one.name)
async def test_what_was_stale_when_it_came_stays_out(
    sender: Sender, api: Api, clock: FakeClock
) -> None:
    assert sender.tolerance is not None
    trigger = await a_wrong_trigger(api, sender)
    second = timedelta(seconds=1)
    await deliver(api, trigger, sender.nth(1), age=sender.tolerance + second)
    await deliver(api, trigger, sender.nth(2), age=sender.tolerance - second)
    await repair(api, trigger, sender)
    clock.advance(timedelta(days=1))

    retried = await retry(api, trigger)

    path = f"/api/triggers/{trigger['id']}/rejections"
    [rejection] = (await api.get(path))["rejections"]
    assert (retried["accepted"], retried["still_rejected"]) == (1, 1)
    assert "stale" in rejection["reason"]
    assert await stored_keys(api) == [key_of(sender.nth(2))]


@every_sender
async def test_what_is_kept_shows_no_token(
    sender: Sender, api: Api, tmp_path: Path
) -> None:
    trigger = await a_wrong_trigger(api, sender)

    await deliver(api, trigger, sender)
    await retry(api, trigger)

    path = f"/api/triggers/{trigger['id']}/rejections"
    [rejection] = (await api.get(path))["rejections"]
    assert rejection["quarantined"] is True
    assert await leaks(api, trigger, sender, folder=tmp_path) == []


async def leaks(
    api: Api, trigger: dict[str, Any], sender: Sender, *, folder: Path
) -> list[bytes]:
    """The tokens of a sender that are in clear in a file, an answer or the log."""
    path = f"/api/triggers/{trigger['id']}"
    answers = [
        await api.call("GET", one)
        for one in (
            *(path, f"{path}/rejections", f"{path}/deliveries", "/metrics"),
            *("/api/executions", "/api/audit", "/api/triggers/stats"),
        )
    ]
    api.server.log.flush()
    shown = wire.encode([[repr(one.body), repr(one.headers)] for one in answers])
    kept = b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())
    everywhere = shown + kept + api.log.getvalue().encode()
    assert b"trigger_rejected" in everywhere
    return [one for one in sender.hidden() if one in everywhere]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("discord, interaction", {"type": 1, "id": "1"}),
        ("slack, event", {"type": "url_verification", "challenge": "c"}),
    ],
)
async def test_a_challenge_is_let_go_and_no_event(
    name: str, body: dict[str, Any], api: Api
) -> None:
    [sender] = [one for one in SENDERS if one.name == name]
    trigger = await a_wrong_trigger(api, sender)
    raw = wire.encode(body)
    headers = sender.headers(raw)
    await api.call("POST", trigger["hook_url"], raw=raw, role=None, headers=headers)
    await repair(api, trigger, sender)

    retried = await retry(api, trigger)

    assert (retried["accepted"], retried["filtered"]) == (0, 1)
    assert (retried["still_rejected"], await stored_keys(api)) == (0, [])


async def test_what_was_over_the_limit_can_be_accepted_later(api: Api) -> None:
    [sender] = [one for one in SENDERS if one.name == "github"]
    trigger = await api.a_trigger(
        source="github", secret=sender.secret, settings={"rate_limit": 2}
    )
    replies = [await deliver(api, trigger, sender.nth(one)) for one in range(5)]

    retried = await retry(api, trigger)

    assert [one.status for one in replies] == [200, 200, 429, 429, 429]
    assert retried["accepted"] == 3
    assert await stored_keys(api) == [key_of(sender.nth(one)) for one in range(5)]


async def test_a_refused_handshake_is_noted_and_not_kept(api: Api) -> None:
    trigger = await api.a_trigger(source="meta", settings={"verify_token": "right"})
    query = "hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong"

    await api.call("GET", f"{trigger['hook_url']}?{query}", role=None)

    path = f"/api/triggers/{trigger['id']}/rejections"
    [rejection] = (await api.get(path))["rejections"]
    assert rejection["quarantined"] is False


async def test_a_trigger_that_takes_no_webhooks_any_more_keeps_them(api: Api) -> None:
    [sender] = [one for one in SENDERS if one.name == "github"]
    trigger = await a_wrong_trigger(api, sender)
    await deliver(api, trigger, sender)
    await repair(api, trigger, sender)
    await api.call("PATCH", f"/api/triggers/{trigger['id']}", {"type": "event"})

    retried = await retry(api, trigger)

    assert (retried["accepted"], retried["still_rejected"]) == (0, 1)


async def test_an_undecided_event_is_answered_as_its_sender_demands(api: Api) -> None:
    [sender] = [one for one in SENDERS if one.name == "discord, interaction"]
    trigger = await api.a_trigger(
        source="discord", secret=sender.secret, condition="event.data.total > 5"
    )

    reply = await deliver(api, trigger, sender)
    await api.call(
        "PATCH",
        f"/api/triggers/{trigger['id']}",
        {"condition": "!has(event.data.total)"},
    )
    retried = await retry(api, trigger)

    assert (reply.status, wire.encode(reply.body)) == sender.answer
    assert retried["accepted"] == 1
