"""The payload of a trigger: kept secret at rest, masked when shown, put back."""

from pathlib import Path
from typing import Any

import pytest

from recado.access.roles import Role
from tests.helpers.api import Api, Running
from tests.helpers.clock import FakeClock
from tests.helpers.databases import ONLY_SQLITE

CANARY = "canary-of-a-payload"
URL = f"http://ana:{CANARY}@a.example/in?token={CANARY}&page=2"
PAYLOAD: dict[str, Any] = {
    "url": URL,
    "headers": {"Authorization": f"Bearer {CANARY}", "X-Session-Token": CANARY},
    "body": {"items": [{"apikey": CANARY, "name": "a"}, {"apikey": "", "name": "b"}]},
}


async def _made(api: Api, payload: Any = PAYLOAD) -> dict[str, Any]:
    return await api.a_trigger(action_type="http", action_payload=payload)


def _stored(api: Api, made: dict[str, Any]) -> Any:
    stored = api.server.services.triggers.find(made["id"])
    assert stored is not None
    return stored.action_payload


@ONLY_SQLITE
async def test_no_secret_of_a_payload_is_in_the_files(api: Api, tmp_path: Path) -> None:
    made = await _made(api)

    files = {path.name: path.read_bytes() for path in tmp_path.glob("recado.db*")}
    assert "recado.db-wal" in files
    assert [name for name, text in files.items() if CANARY.encode() in text] == []
    assert _stored(api, made) == PAYLOAD


async def test_no_secret_of_a_payload_is_shown(api: Api) -> None:
    made = await _made(api)

    shown = await api.get(f"/api/triggers/{made['id']}", role=Role.VIEWER)

    payload = shown["action_payload"]
    assert CANARY not in str(shown)
    assert payload["url"] == "http://[redacted]@a.example/in?token=[redacted]&page=2"
    assert payload["headers"]["X-Session-Token"] == "[redacted]"
    assert payload["body"]["items"][1] == {"apikey": "", "name": "b"}


async def test_an_address_alone_is_masked_too(api: Api) -> None:
    made = await _made(api, URL)

    await api.call("PUT", f"/api/triggers/{made['id']}", made | {"secret": None})

    assert CANARY not in str(made["action_payload"])
    assert _stored(api, made) == URL


async def test_a_patch_of_other_fields_leaves_the_payload_alone(api: Api) -> None:
    payload = PAYLOAD | {"body": [[CANARY, {"authorization": [CANARY]}]]}
    made = await _made(api, payload)

    reply = await api.call("PATCH", f"/api/triggers/{made['id']}", {"name": "other"})

    assert reply.status == 200
    assert _stored(api, made) == payload


async def test_an_answer_sent_back_changes_no_secret(api: Api) -> None:
    made = await _made(api)
    shown = made["action_payload"]
    body = {"items": [shown["body"]["items"][0], {"apikey": "mine", "name": "c"}]}

    reply = await api.call(
        "PATCH",
        f"/api/triggers/{made['id']}",
        {"action_payload": shown | {"body": body, "method": "PUT"}},
    )

    assert reply.status == 200
    assert _stored(api, made) == PAYLOAD | {
        "method": "PUT",
        "body": {
            "items": [{"apikey": CANARY, "name": "a"}, {"apikey": "mine", "name": "c"}]
        },
    }


async def test_a_mask_that_stands_for_nothing_is_refused(api: Api) -> None:
    made = await _made(api)
    shown = made["action_payload"]
    first, second = shown["body"]["items"]
    path = f"/api/triggers/{made['id']}"
    changes: list[tuple[Any, str]] = [
        (shown | {"url": "http://evil.example"}, "headers.Authorization"),
        (shown | {"url": "http://[redacted]@evil.example"}, "url"),
        (shown | {"body": {"items": [second, first]}}, "body.items.1.apikey"),
        (shown | {"body": {"new": ["a", "[redacted]"]}}, "body.new.1"),
        ("http://[redacted]@a.example", ""),
    ]

    for payload, place in changes:
        reply = await api.call("PATCH", path, {"action_payload": payload})

        fields = [problem["field"] for problem in reply.body["problems"]]
        assert reply.status == 400, payload
        assert f"action_payload.{place}".rstrip(".") in fields
        assert "give the value itself" in reply.body["problems"][0]["message"]

    made_of_it = await api.call("POST", "/api/triggers", {**made, "id": 0})
    assert made_of_it.status == 400
    assert _stored(api, made) == PAYLOAD


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    folder = tmp_path / "scripts"
    folder.mkdir()
    return folder


async def test_a_broken_trigger_can_be_switched_off_but_not_on(
    tmp_path: Path, clock: FakeClock, scripts: Path
) -> None:
    script = scripts / "reply.py"
    script.write_text("print('done')", encoding="utf-8")
    async with Running(tmp_path, clock, actions=None) as api:
        made = await api.a_trigger(action_payload="reply.py")
        path = f"/api/triggers/{made['id']}"
        script.unlink()

        off = await api.call("PATCH", path, {"enabled": False})
        renamed = await api.call("PATCH", path, {"name": "other"})
        again = await api.call("PATCH", path, {"action_payload": "gone.py"})
        other = await api.call("PATCH", path, {"action_type": "skill"})
        on = await api.call("PATCH", path, {"enabled": True})
        kept = await api.get(path)

    assert [off.status, renamed.status] == [200, 200]
    assert [again.status, other.status, on.status] == [400, 400, 400]
    assert "there is no file reply.py" in on.body["problems"][0]["message"]
    assert (kept["enabled"], kept["name"]) == (False, "other")
