"""Every sender over a real socket: answers, traces, secrets."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recado import wire
from recado.observe.signals import Name
from tests.helpers.api import Api, Reply, Running
from tests.helpers.clock import FakeClock
from tests.helpers.senders import NOW, SENDERS, Sender

OK = {"status": "ok"}
every_sender = pytest.mark.parametrize("sender", SENDERS, ids=lambda one: one.name)


@pytest.fixture
async def api(tmp_path: Path, database_url: str) -> AsyncIterator[Api]:
    async with Running(tmp_path, FakeClock(NOW), database_url=database_url) as running:
        yield running


async def a_trigger(api: Api, sender: Sender, **settings: Any) -> dict[str, Any]:
    return await api.a_trigger(
        source=sender.source,
        secret=sender.secret,
        settings=dict(sender.settings) | settings,
    )


async def post(
    api: Api,
    url: str,
    sender: Sender,
    *,
    body: bytes | None = None,
    changed: dict[str, str] | None = None,
) -> Reply:
    right = sender.make_body(NOW)
    headers = sender.headers(right) | (changed or {})
    sent = right if body is None else body
    return await api.call("POST", url, raw=sent, role=None, headers=headers)


async def post_unproven(api: Api, url: str, sender: Sender) -> Reply:
    """The body changed, or the token, where that is the proof."""
    body = sender.make_body(NOW)
    if sender.token:
        return await post(
            api, url, sender, body=body.replace(sender.token.encode(), b"another")
        )
    if sender.signs_body:
        return await post(api, url, sender, body=body + b" ")
    return await post(api, url, sender, changed=dict.fromkeys(sender.proofs(), "wrong"))


@every_sender
async def test_it_is_accepted_once_and_answered_as_it_wants(
    sender: Sender, api: Api
) -> None:
    trigger = await a_trigger(api, sender)

    replies = [
        await post(api, trigger[url], sender)
        for url in ("hook_url", "webhook_url", "hook_url")
    ]

    status, body = sender.answer
    for reply in replies:
        is_json = isinstance(reply.body, dict)
        assert reply.status == status
        assert (wire.encode(reply.body) if is_json else reply.body) == body
    assert ("content-length" in replies[0].headers) is (status != 204)
    stats = await api.get("/api/triggers/stats")
    assert (stats["total_executions"], stats["idempotent_replays"]) == (1, 2)
    assert stats["rejected"] == 0


@every_sender
async def test_a_bad_proof_is_answered_honestly_or_not_at_all_and_kept(
    sender: Sender, api: Api
) -> None:
    trigger = await a_trigger(api, sender)
    is_open = sender.source == "evolution_api"  # its hook URL is proof enough

    honest = await post_unproven(api, trigger["hook_url"], sender)
    silent = await post_unproven(api, trigger["webhook_url"], sender)

    assert honest.status == (200 if is_open else 401)
    if sender.source == "discord":
        assert silent.status == 401
    else:
        assert (silent.status, silent.body) == (200, OK)
    found = (await api.get(f"/api/triggers/{trigger['id']}/rejections"))["rejections"]
    assert len(found) == (1 if is_open else 2)
    for rejection in found:
        assert len(rejection["reason"]) > 20
        assert sender.secret not in rejection["reason"]
    if not is_open:
        assert honest.body == {"error": "unproven", "message": found[1]["reason"]}


@every_sender
async def test_no_token_of_it_appears_anywhere(
    sender: Sender, api: Api, tmp_path: Path
) -> None:
    trigger = await a_trigger(api, sender)
    answers = [await post(api, trigger["hook_url"], sender)]
    await api.happenings.until(Name.TRIGGER_EXECUTE)
    answers += [
        await post_unproven(api, trigger["hook_url"], sender),
        await post(api, trigger["webhook_url"], sender, body=b"{"),
    ]
    for path in (
        *("/api/triggers", "/api/executions", "/api/executions/1", "/api/audit"),
        *(f"/api/triggers/{trigger['id']}/rejections", "/api/triggers/stats"),
        *("/metrics", "/api/dead-letters"),
    ):
        answers.append(await api.call("GET", path))
    api.server.log.flush()

    shown = wire.encode([[repr(one.body), repr(one.headers)] for one in answers])
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    everywhere = shown + kept + api.log.getvalue().encode()
    assert b"trigger_webhook" in everywhere
    assert [one for one in sender.hidden() if one in everywhere] == []


@pytest.mark.parametrize("seconds", [0, 30, 61])
async def test_a_trigger_shows_when_an_older_secret_was_last_used(
    seconds: int, api: Api
) -> None:
    clock = api.server.clock
    assert isinstance(clock, FakeClock)
    [sender] = [one for one in SENDERS if one.name == "custom"]
    trigger = await a_trigger(api, sender)
    path = f"/api/triggers/{trigger['id']}"
    await post(api, trigger["hook_url"], sender)
    unused = (await api.get(path))["old_secret_last_used_at"]
    rotated = await api.call("POST", f"{path}/regenerate-secret", {})

    await post(api, trigger["hook_url"], sender)
    first = (await api.get(path))["old_secret_last_used_at"]
    clock.advance(timedelta(seconds=seconds))
    await post(api, trigger["hook_url"], sender)
    second = (await api.get(path))["old_secret_last_used_at"]
    again = await api.call("POST", f"{path}/regenerate-secret", {})

    assert unused is rotated.body["old_secret_last_used_at"] is None
    assert first == "2026-03-25T20:00:00Z"
    assert second == ("2026-03-25T20:01:01Z" if seconds > 60 else first)
    assert again.body["old_secret_last_used_at"] is None


async def test_the_new_secret_leaves_no_trace_of_an_older_one(api: Api) -> None:
    [sender] = [one for one in SENDERS if one.name == "custom"]
    trigger = await api.a_trigger(source="custom", secret="the-first-one")
    path = f"/api/triggers/{trigger['id']}"
    await api.call("POST", f"{path}/regenerate-secret", {"secret": sender.secret})

    reply = await post(api, trigger["hook_url"], sender)

    assert reply.status == 200
    assert (await api.get(path))["old_secret_last_used_at"] is None


@pytest.mark.parametrize("url", ["hook_url", "webhook_url"])
async def test_above_its_own_limit_a_proven_sender_is_told_to_come_again(
    url: str, api: Api
) -> None:
    clock = api.server.clock
    assert isinstance(clock, FakeClock)
    [sender] = [one for one in SENDERS if one.name == "github"]
    trigger = await a_trigger(api, sender, rate_limit=2)
    other = await a_trigger(api, sender)

    async def send(number: int, target: Any = trigger) -> Reply:
        headers = {"x-github-delivery": f"d{number}"}
        return await post(api, target[url], sender, changed=headers)

    strangers = [await post(api, trigger[url], sender, body=b"x") for _ in range(5)]
    first, second, third = [await send(number) for number in range(3)]
    clock.advance(timedelta(seconds=30))
    later, too_soon = [await send(number) for number in (2, 3)]
    elsewhere = await send(3, other)

    assert 429 not in {one.status for one in strangers}
    assert [one.status for one in (first, second, third)] == [200, 200, 429]
    assert third.body["error"] == "rate_limited"
    assert third.headers["retry-after"] == "30"
    assert [one.status for one in (later, too_soon, elsewhere)] == [200, 429, 200]
    found = (await api.get(f"/api/triggers/{trigger['id']}/rejections"))["rejections"]
    assert "rate_limit" in found[0]["reason"]


CHALLENGE = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="


@pytest.mark.parametrize("url", ["hook_url", "webhook_url"])
async def test_meta_gets_its_challenge_back_for_the_verify_token(
    url: str, api: Api
) -> None:
    trigger = await api.a_trigger(
        source="meta", settings={"verify_token": "canary-token-to-verify"}
    )

    async def get(query: str) -> Reply:
        return await api.call("GET", f"{trigger[url]}?{query}", role=None)

    right = await get(CHALLENGE + "canary-token-to-verify")
    wrong = await get(CHALLENGE + "another")
    other = await get("hub.challenge=1")
    many = await get("&".join(f"a{number}=1" for number in range(50)))

    assert (right.status, right.body) == (200, b"1158201444")
    assert wrong.status == (401 if url == "hook_url" else 405)
    assert {other.status, many.status} == {405}
    found = (await api.get(f"/api/triggers/{trigger['id']}/rejections"))["rejections"]
    assert [one["reason"] for one in found] == [
        "hub.verify_token is not the one in settings.verify_token"
    ]
    assert trigger["settings"]["verify_token"] is True


async def test_a_verify_token_that_is_not_set_is_asked_for(api: Api) -> None:
    trigger = await api.a_trigger(source="meta", settings={})

    reply = await api.call("GET", f"{trigger['hook_url']}?{CHALLENGE}", role=None)

    assert reply.status == 401
    assert "settings.verify_token" in reply.body["message"]


@pytest.mark.parametrize(
    ("name", "body", "answer"),
    [
        ("discord, interaction", {"type": 1, "id": "1"}, (200, {"type": 1})),
        ("discord, event", {"version": 1, "type": 0}, (204, b"")),
        (
            "slack, event",
            {"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRN", "token": "t"},
            (200, b"3eZbrw1aBm2rZgRN"),
        ),
    ],
)
async def test_a_challenge_is_answered_and_is_no_event(
    name: str, body: dict[str, Any], answer: tuple[int, Any], api: Api
) -> None:
    [sender] = [one for one in SENDERS if one.name == name]
    trigger = await a_trigger(api, sender)
    raw = wire.encode(body)
    headers = sender.headers(raw)

    for url in ("hook_url", "webhook_url"):
        right = await api.call(
            "POST", trigger[url], raw=raw, role=None, headers=headers
        )
        stranger = await api.call("POST", trigger[url], raw=raw, role=None)

        assert (right.status, right.body) == answer
        assert right.headers["content-type"]
        assert (stranger.status, stranger.body) != answer
    stats = await api.get("/api/triggers/stats")
    assert stats["total_executions"] == 0
    assert api.happenings.counted[Name.TRIGGER_CHALLENGE] == 2


async def test_slack_s_check_of_the_certificate_is_answered_and_is_no_event(
    api: Api,
) -> None:
    [sender] = [one for one in SENDERS if one.name == "slack, command"]
    trigger = await a_trigger(api, sender)
    body = b"token=t&ssl_check=1"
    signed = sender.headers(body)

    reply = await post(api, trigger["hook_url"], sender, body=body, changed=signed)

    assert (reply.status, reply.body) == (200, b"")
    assert api.happenings.counted[Name.TRIGGER_CHALLENGE] == 1
    rejected = await api.get(f"/api/triggers/{trigger['id']}/rejections")
    assert rejected["rejections"] == []


async def test_discord_is_refused_as_it_demands_while_the_trigger_is_disabled(
    api: Api,
) -> None:
    [sender] = [one for one in SENDERS if one.name == "discord, interaction"]
    trigger = await a_trigger(api, sender)
    await api.call("PATCH", f"/api/triggers/{trigger['id']}", {"enabled": False})

    refused = await post(api, trigger["webhook_url"], sender, body=b"{}")
    proven = await post(api, trigger["hook_url"], sender)

    assert refused.status == 401
    assert (proven.status, proven.body["error"]) == (503, "disabled")


async def test_many_at_once_count_against_the_limit_once_each(api: Api) -> None:
    [sender] = [one for one in SENDERS if one.name == "github"]
    trigger = await a_trigger(api, sender, rate_limit=10)

    replies = await asyncio.gather(
        *(
            post(
                api,
                trigger["hook_url"],
                sender,
                changed={"x-github-delivery": f"d{one}"},
            )
            for one in range(30)
        )
    )

    assert sorted(one.status for one in replies) == [200] * 10 + [429] * 20
