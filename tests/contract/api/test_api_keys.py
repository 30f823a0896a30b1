"""API keys and the audit over HTTP."""

import pytest

from recado.access.roles import Role
from recado.errors import UnknownCallerError
from recado.model.redact import Secret
from recado.store.audit import Actor
from tests.helpers.api import Api


async def test_a_key_is_shown_once_and_opens_until_it_is_revoked(api: Api) -> None:
    made = await api.call("POST", "/api/keys", {"name": "bot", "role": "viewer"})
    header = {"Authorization": f"Bearer {made.body['key']}"}

    before = await api.call("GET", "/api/triggers", role=None, headers=header)
    listed = await api.get("/api/keys")
    ended = await api.call("DELETE", f"/api/keys/{made.body['id']}")
    after = await api.call("GET", "/api/triggers", role=None, headers=header)
    again = await api.call("DELETE", f"/api/keys/{made.body['id']}")

    assert (made.status, made.body["role"]) == (201, "viewer")
    assert made.body["key"].startswith("rcd_")
    assert made.body["key"] not in str(listed)
    assert made.body["key"] not in api.log.getvalue()
    assert [before.status, ended.status, after.status] == [200, 204, 401]
    assert again.status == 404


async def test_a_key_needs_a_name_and_a_role(api: Api) -> None:
    reply = await api.call("POST", "/api/keys", {"name": " ", "role": "root"})

    fields = [problem["field"] for problem in reply.body["problems"]]
    assert fields == ["name", "role"]


async def test_the_audit_says_who_made_and_revoked_keys(api: Api) -> None:
    made = await api.call("POST", "/api/keys", {"name": "bot", "role": "viewer"})
    await api.call("DELETE", f"/api/keys/{made.body['id']}")

    first = await api.get("/api/audit?limit=1")
    second = await api.get(f"/api/audit?limit=1&cursor={first['next_cursor']}")

    [revoked], [created] = first["entries"], second["entries"]
    assert second["next_cursor"] is None
    assert revoked["action"] == "key.revoke"
    assert created["action"] == "key.create"
    assert created["target"] == revoked["target"] == f"key:{made.body['id']}"
    assert created["actor"] == f"key:a {Role.ADMIN}"
    assert created["details"] == {"name": "bot", "role": "viewer"}


async def test_a_revoked_key_that_is_added_again_stays_revoked(api: Api) -> None:
    keys, bootstrap = api.server.services.keys, Secret("a-key-from-the-environment")
    first = await keys.add(bootstrap, name="bootstrap", role=Role.ADMIN)
    again = await keys.add(bootstrap, name="other", role=Role.VIEWER)
    await keys.revoke(first.id, actor=Actor(name="ana"))

    after_a_restart = await keys.add(bootstrap, name="bootstrap", role=Role.ADMIN)

    assert again == first
    assert after_a_restart.id == first.id
    assert after_a_restart.revoked_at is not None
    with pytest.raises(UnknownCallerError):
        await keys.who(bootstrap)
