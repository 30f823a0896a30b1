"""Triggers over HTTP: made, shown, changed, tried, rotated, deleted."""

from typing import Any

import pytest

from recado.access.roles import Role
from recado.errors import StoreBusyError
from recado.observe.signals import Name
from tests.helpers.api import Api, a_document

INSTANCE = {"url": "http://127.0.0.1:8080", "token": "canary-token"}

STAYS = ("settings.verify_token", "is true, which keeps the stored one")
SIGNED = "settings.signature"
WRONG_SIGNATURES: list[tuple[str, dict[str, Any], str]] = [
    ("header", {"header": "X Signature"}, "must match"),
    ("algorithm", {"algorithm": "md5"}, "sha512"),
    ("encoding", {"encoding": "base32"}, "base64"),
    ("tolerance", {"tolerance": 0}, "greater than or equal to 1"),
    ("content", {"content": "{timestamp}"}, "must hold {body} once"),
    ("content", {"content": "{body}{url}"}, "no other names"),
    ("content", {"content": "{timestamp}{body}"}, "timestamp_header is not set"),
    (
        "content",
        {"content": "{body}", "timestamp_header": "X-Time"},
        "anybody could change a time that is not signed",
    ),
]
PROBLEMS: list[tuple[dict[str, Any], str, str]] = [
    ({"eventfilter": {}}, "eventfilter", "is not known; did you mean event_filter"),
    (
        {"settings": {"max_atempts": 2}},
        "settings.max_atempts",
        "is not known; did you mean max_attempts?",
    ),
    ({"name": "  "}, "name", "must"),
    ({"name": "x" * 201}, "name", "at most 200"),
    (
        {"source": "fax"},
        "source",
        "must be one of: clickup, custom, discord, evolution_api",
    ),
    ({"condition": "event.x == 1"}, "condition", "line 1, column 7: an event has no x"),
    ({"condition": "1 +"}, "condition", "line 1, column 4: Syntax error"),
    (
        {"source": "github", "settings": {"dedupe_days": 2}},
        "settings.dedupe_days",
        "must be at least 3: for so long github may deliver the same event again",
    ),
    (
        {"settings": {"base_delay": 1000}},
        "settings.max_delay",
        "must be at least base_delay, which is 1000",
    ),
    (
        {"action_type": "whatsapp", "action_payload": {}},
        "settings.instance",
        "is required by a whatsapp action",
    ),
    (
        {"settings": {"instance": {"url": "http://a"}}},
        "settings.instance.token",
        "is required",
    ),
    ({"settings": {"instance_token": True}}, "settings.instance_token", "is true"),
    ({"settings": {"verify_token": True}, "source": "meta"}, *STAYS),
    ({"settings": {"verify_token": "x"}}, "settings.verify_token", "meta alone"),
    ({"settings": {"signature": {}}}, "settings.signature", "custom alone"),
    (
        {"settings": {"rate_limit": 0}},
        "settings.rate_limit",
        "greater than or equal to 1",
    ),
    ({"source": "discord"}, "secret", "is required: it must be the application's"),
    ({"source": "discord", "secret": "07" * 31}, "secret", "64 hex digits"),
    ({"source": "telegram", "secret": "a b"}, "secret", "letters, digits, _ or -"),
    ({"source": "standard", "secret": "whpk_AAAA"}, "secret", "32 bytes in base64"),
    ({"source": "standard", "secret": "whsec_?"}, "secret", "followed by base64"),
    *(
        ({"source": "custom", "settings": {"signature": wrong}}, f"{SIGNED}.{at}", why)
        for at, wrong, why in WRONG_SIGNATURES
    ),
    ({"settings": []}, "settings", "must be"),
    ({"settings": {"max_attempts": True}}, "settings.max_attempts", "must be"),
]


async def test_a_trigger_gets_the_defaults_and_shows_its_secret_once(api: Api) -> None:
    made = await api.a_trigger(settings={})

    shown = await api.get(f"/api/triggers/{made['id']}")

    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert len(secret) == len("whsec_") + 44
    assert made == shown
    assert shown["webhook_url"] == f"{api.server.url}/api/triggers/webhook/1"
    assert shown["hook_url"].startswith(f"{api.server.url}/hooks/")
    assert shown["created_at"].endswith("Z")
    assert shown["settings"] == {
        "max_attempts": 6,
        "base_delay": 5.0,
        "max_delay": 900.0,
        "jitter": 0.5,
        "timeout": 600.0,
        "ordering": "key",
        "concurrency": None,
        "idempotency_path": None,
        "ordering_path": None,
        "dedupe_days": 7.0,
        "body_hash_minutes": None,
        "instance": None,
        "instance_token": None,
        "verify_token": None,
        "signature": None,
        "rate_limit": None,
        "allow_private": False,
    }


async def test_ordering_follows_the_source_unless_it_is_said(api: Api) -> None:
    plain = await api.a_trigger(source="github", settings={})
    chosen = await api.a_trigger(source="github", settings={"ordering": "key"})

    assert plain["settings"]["ordering"] == "none"
    assert chosen["settings"]["ordering"] == "key"


async def test_the_secret_of_the_sender_is_kept(api: Api) -> None:
    made = await api.a_trigger(secret="whsec_given")

    assert made["secret"] == "whsec_given"


async def test_all_problems_are_named_at_once(api: Api) -> None:
    document = {
        "nam": "x",
        "type": "cron",
        "source": "fax",
        "event_filter": {"a": {}, "b": []},
        "condition": "event.x == 1",
        "action_type": "script",
        "action_payload": 5,
        "agent": "",
        "enabled": "yes",
        "settings": {
            "max_attempts": 101,
            "base_delay": 0,
            "jitter": 2,
            "timeout": 0,
            "ordering": "random",
            "concurrency": 0,
            "dedupe_days": -1,
            "instance": {"url": "ftp://x"},
            "instance_token": True,
            "allow_privat": True,
        },
    }

    reply = await api.call("POST", "/api/triggers", document)

    fields = [problem["field"] for problem in reply.body["problems"]]
    assert (reply.status, reply.body["error"]) == (400, "invalid")
    assert sorted(set(fields)) == [
        "action_payload",
        "agent",
        "condition",
        "enabled",
        "event_filter",
        "nam",
        "name",
        "settings.allow_privat",
        "settings.base_delay",
        "settings.concurrency",
        "settings.dedupe_days",
        "settings.instance.token",
        "settings.instance.url",
        "settings.instance_token",
        "settings.jitter",
        "settings.max_attempts",
        "settings.ordering",
        "settings.timeout",
        "source",
        "type",
    ]
    assert fields.count("event_filter") == 2
    assert fields.count("action_payload") == 2


async def test_a_problem_says_what_to_do(api: Api) -> None:
    for changes, field, message in PROBLEMS:
        reply = await api.call("POST", "/api/triggers", a_document(**changes))

        [problem] = reply.body["problems"]
        assert problem["field"] == field
        assert message in problem["message"]


async def test_triggers_are_listed_newest_first_in_pages(api: Api) -> None:
    for name in ("first", "second", "third"):
        await api.a_trigger(name=name)

    page = await api.get("/api/triggers?page=2&per_page=2")

    assert [trigger["name"] for trigger in page["triggers"]] == ["first"]
    assert (page["total"], page["page"], page["pages"]) == (3, 2, 2)
    assert "secret" not in page["triggers"][0]


async def test_no_triggers_are_one_empty_page(api: Api) -> None:
    page = await api.get("/api/triggers")

    assert page == {"triggers": [], "total": 0, "page": 1, "pages": 1}


async def test_a_viewer_is_not_shown_what_lets_deliveries_in(api: Api) -> None:
    made = await api.a_trigger()

    shown = await api.get(f"/api/triggers/{made['id']}", role=Role.VIEWER)

    assert shown["hook_url"] is None


async def test_tokens_are_never_shown_and_stay_when_left_out(api: Api) -> None:
    settings = {"instance": INSTANCE, "instance_token": "canary-token"}
    made = await api.a_trigger(settings=settings)
    path = f"/api/triggers/{made['id']}"

    renamed = await api.call("PATCH", path, {"name": "renamed"})
    replaced = await api.call("PUT", path, renamed.body)
    moved = await api.call(
        "PATCH", path, {"settings": {"instance": {"url": "http://evil.example"}}}
    )

    stored = api.server.services.triggers.find(made["id"])
    assert stored is not None
    assert stored.name == "renamed"
    assert stored.settings.instance is not None
    assert stored.settings.instance.token.reveal() == "canary-token"
    assert stored.settings.instance_token is not None
    assert stored.settings.instance_token.reveal() == "canary-token"
    assert replaced.body["settings"]["instance"] == {
        "url": INSTANCE["url"],
        "has_token": True,
    }
    assert moved.body["problems"] == [
        {"field": "settings.instance.token", "message": "is required when url changes"}
    ]
    for text in (made, renamed.body, replaced.body, moved.body, api.log.getvalue()):
        assert "canary" not in str(text)


async def test_a_masked_header_stays_as_long_as_its_address_does(api: Api) -> None:
    payload = {"url": "http://a.example", "headers": {"Authorization": "canary"}}
    made = await api.a_trigger(action_type="http", action_payload=payload)
    path = f"/api/triggers/{made['id']}"

    await api.call("PUT", path, made | {"secret": None, "name": "renamed"})
    kept = api.server.services.triggers.find(made["id"])
    shown = made["action_payload"] | {"url": "http://evil.example"}
    refused = await api.call("PATCH", path, {"action_payload": shown})
    moved = api.server.services.triggers.find(made["id"])

    assert "canary" not in str(made)
    assert kept is not None
    assert kept.action_payload == payload
    assert refused.status == 400
    assert moved == kept


async def test_put_replaces_and_patch_merges(api: Api) -> None:
    made = await api.a_trigger(agent="ana", settings={"max_attempts": 2, "timeout": 30})
    path = f"/api/triggers/{made['id']}"

    patched = await api.call("PATCH", path, {"settings": {"timeout": 60}})
    replaced = await api.call("PUT", path, a_document(name="other", settings={}))

    assert patched.body["settings"]["max_attempts"] == 2
    assert patched.body["settings"]["timeout"] == 60
    assert patched.body["agent"] == "ana"
    assert replaced.body["name"] == "other"
    assert replaced.body["agent"] is None
    assert replaced.body["settings"]["max_attempts"] == 6
    assert replaced.body["hook_url"] == made["hook_url"]


async def test_a_secret_is_rotated_by_an_admin_only_on_its_own_route(api: Api) -> None:
    made = await api.a_trigger()
    path = f"/api/triggers/{made['id']}"

    refused = await api.call("PATCH", path, {"secret": "mine"})
    rotated = await api.call("POST", f"{path}/regenerate-secret")
    given = await api.call(
        "POST", f"{path}/regenerate-secret", {"secret": "g", "overlap_hours": 0}
    )

    stored = api.server.services.triggers.find(made["id"])
    assert stored is not None
    assert refused.body["problems"][0]["field"] == "secret"
    assert rotated.body["secret"] not in (made["secret"], None)
    assert given.body["secret"] == "g"
    assert [secret.reveal() for secret in stored.secrets] == ["g"]


async def test_a_change_is_known_at_once_signalled_and_audited(api: Api) -> None:
    made = await api.a_trigger()
    path = f"/api/triggers/{made['id']}"

    await api.call("PATCH", path, {"enabled": False}, role=Role.OPERATOR)
    reply = await api.call("POST", made["hook_url"], {"event": "Message"}, role=None)
    deleted = await api.call("DELETE", path)

    entries = (await api.get("/api/audit"))["entries"]
    assert reply.status == 503
    assert (deleted.status, deleted.body) == (204, b"")
    assert api.happenings.counted[Name.TRIGGER_CHANGED] == 3
    assert '"action":"disable"' in api.log.getvalue()
    assert '"changed":["enabled"]' in api.log.getvalue()
    assert [entry["action"] for entry in entries] == [
        "trigger.delete",
        "trigger.change",
        "trigger.create",
    ]
    assert entries[1]["actor"] == "key:a operator"
    assert entries[1]["target"] == "trigger:1"
    assert entries[1]["details"] == {"changed": ["enabled"]}
    assert entries[1]["source_ip"] == "127.0.0.1"
    assert (await api.call("GET", path)).status == 404
    assert (await api.call("DELETE", path)).status == 404


async def test_enabling_a_trigger_releases_what_was_held_for_it(api: Api) -> None:
    made = await api.a_trigger()
    path = f"/api/triggers/{made['id']}"
    await api.call("PATCH", path, {"enabled": False})
    await api.accept(made)
    await api.happenings.until(Name.TRIGGER_HELD)

    await api.call("PATCH", path, {"enabled": True})

    await api.happenings.until(Name.TRIGGER_EXECUTE)
    assert (await api.get("/api/executions/1"))["status"] == "completed"


async def test_what_was_held_for_a_deleted_trigger_becomes_a_dead_letter(
    api: Api,
) -> None:
    made = await api.a_trigger(enabled=False)
    await api.accept(made)
    await api.happenings.until(Name.TRIGGER_HELD)

    await api.call("DELETE", f"/api/triggers/{made['id']}")

    await api.happenings.until(Name.TRIGGER_DEAD_LETTER)
    assert (await api.get("/api/executions/1"))["status"] == "failed"


async def test_a_try_explains_what_would_happen(api: Api) -> None:
    made = await api.a_trigger(event_filter={"event": "Message"})
    path = f"/api/triggers/{made['id']}/test"
    message = {"event": "Message", "instanceToken": "canary", "messageId": "m1"}

    wanted = await api.call("POST", path, {"payload": message})
    other = await api.call("POST", path, {"payload": {"event": "Receipt"}})

    assert wanted.body["would_run"] is True
    assert wanted.body["idempotency_key"] == "m1"
    assert wanted.body["event"]["event_type"] == "Message"
    assert "execution_id" not in wanted.body
    assert "canary" not in str(wanted.body)
    assert other.body["would_run"] is False
    assert "the filter wants" in other.body["reason"]
    assert (await api.get("/api/executions"))["executions"] == []


async def test_a_try_with_run_really_runs_and_is_no_duplicate(api: Api) -> None:
    made = await api.a_trigger()
    path = f"/api/triggers/{made['id']}/test"
    asked = {"payload": {"event": "Message", "messageId": "m1"}, "run": True}

    first = await api.call("POST", path, asked)
    second = await api.call("POST", path, asked)

    await api.happenings.until(Name.TRIGGER_EXECUTE, times=2)
    assert [first.body["execution_id"], second.body["execution_id"]] == [1, 2]
    execution = await api.get("/api/executions/2")
    assert execution["status"] == "completed"
    assert execution["idempotency_key"] is None


async def test_headers_of_a_try_are_read_like_a_sender_s(api: Api) -> None:
    made = await api.a_trigger(source="github")
    asked = {
        "payload": {"ref": "main"},
        "headers": {"X-GitHub-Event": "push", "X-GitHub-Delivery": "d1"},
    }

    reply = await api.call("POST", f"/api/triggers/{made['id']}/test", asked)

    assert reply.body["event"]["event_type"] == "push"
    assert reply.body["idempotency_key"] == "d1"


async def test_rejections_say_why_and_mask_what_proves(api: Api) -> None:
    made = await api.a_trigger(source="custom")
    for _ in range(3):
        await api.call(
            "POST",
            made["webhook_url"],
            {"event": "x"},
            role=None,
            headers={"X-Signature": "canary"},
        )

    path = f"/api/triggers/{made['id']}/rejections"
    first = await api.get(f"{path}?limit=2")
    rest = await api.get(f"{path}?limit=2&cursor={first['next_cursor']}")

    rejection = first["rejections"][0]
    assert [len(first["rejections"]), len(rest["rejections"])] == [2, 1]
    assert rest["next_cursor"] is None
    assert "hex" in rejection["reason"]
    assert rejection["headers"]["x-signature"] == "[redacted]"
    assert rejection["quarantined"] is True
    assert "canary" not in str(first)


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [("PATCH", {"enabled": True}, "completed"), ("DELETE", None, "failed")],
)
async def test_what_was_held_is_released_with_the_change_and_not_after_it(
    api: Api, monkeypatch: pytest.MonkeyPatch, method: str, body: object, status: str
) -> None:
    made = await api.a_trigger(enabled=False)
    path = f"/api/triggers/{made['id']}"
    await api.accept(made)
    await api.happenings.until(Name.TRIGGER_HELD)

    release = api.server.store.release_held

    async def killed(**_: object) -> int:
        monkeypatch.setattr(api.server.store, "release_held", release)
        api.server.worker.wake()
        raise StoreBusyError("the process ended before it came to this")

    monkeypatch.setattr(api.server.store, "release_held", killed)
    await api.call(method, path, body)

    await api.happenings.until(
        Name.TRIGGER_EXECUTE if body else Name.TRIGGER_DEAD_LETTER
    )
    assert (await api.get("/api/executions/1"))["status"] == status


async def test_a_made_secret_is_one_that_the_sender_takes(api: Api) -> None:
    made = await api.a_trigger(source="telegram")
    path = f"/api/triggers/{made['id']}/regenerate-secret"

    rotated = await api.call("POST", path, {})
    refused = await api.call("POST", path, {"secret": "a b"})

    for secret in (made["secret"], rotated.body["secret"]):
        assert secret.isalnum()
        assert len(secret) >= 32
    assert (refused.status, refused.body["problems"][0]["field"]) == (400, "secret")


async def test_a_signature_that_is_told_is_shown_and_can_be_sent_back(api: Api) -> None:
    told = {"header": "X-Shop-Hmac", "timestamp_header": "X-Shop-Time"}
    made = await api.a_trigger(source="custom", settings={"signature": told})
    path = f"/api/triggers/{made['id']}"

    shown = await api.get(path)
    back = await api.call("PUT", path, shown)

    assert shown["settings"]["signature"] == {
        "header": "X-Shop-Hmac",
        "algorithm": "sha256",
        "encoding": "hex",
        "prefix": "",
        "content": "{timestamp}.{body}",
        "timestamp_header": "X-Shop-Time",
        "tolerance": 300.0,
    }
    assert back.body["settings"] == shown["settings"]


async def test_a_verify_token_stays_when_it_is_sent_back(api: Api) -> None:
    made = await api.a_trigger(source="meta", settings={"verify_token": "a-token"})
    path = f"/api/triggers/{made['id']}"

    back = await api.call("PUT", path, await api.get(path))

    stored = api.server.services.triggers.find(made["id"])
    assert back.body["settings"]["verify_token"] is True
    assert stored is not None
    assert stored.settings.verify_token is not None
    assert stored.settings.verify_token.reveal() == "a-token"
