"""People over HTTP."""

import pytest

from recado.access.roles import Role
from recado.model.redact import Secret
from tests.helpers.api import Api

ANA = {"name": "Ana", "role": "admin"}


async def test_somebody_new_gets_a_password_that_is_shown_once(api: Api) -> None:
    made = await api.call("POST", "/api/users", ANA)
    listed = await api.get("/api/users")
    users = api.server.services.users

    password = Secret(made.body["password"])
    user = await users.sign_in("ana", password, source_ip="")
    assert (made.status, made.body["name"], made.body["role"]) == (201, "ana", "admin")
    assert user.id == made.body["id"]
    assert [each["name"] for each in listed["users"]] == ["ana"]
    assert password.reveal() not in str(listed)
    assert "hash" not in str(listed) + str(made.body)


async def test_a_password_that_is_given_is_not_shown(api: Api) -> None:
    made = await api.call("POST", "/api/users", ANA | {"password": "a good sentence"})

    assert made.status == 201
    assert "password" not in made.body


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"name": ""}, "name"),
        ({"role": "root"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 300}, "password"),
        ({"surname": "x"}, "surname"),
    ],
)
async def test_what_will_not_do_is_named(
    api: Api, change: dict[str, str], field: str
) -> None:
    reply = await api.call("POST", "/api/users", ANA | change)

    assert reply.status == 400
    assert [problem["field"] for problem in reply.body["problems"]] == [field]


async def test_the_role_and_the_password_are_changed(api: Api) -> None:
    ana = (await api.call("POST", "/api/users", ANA)).body
    await api.call("POST", "/api/users", ANA | {"name": "rosa"})

    role = await api.call("PATCH", f"/api/users/{ana['id']}", {"role": "viewer"})
    reset = await api.call("POST", f"/api/users/{ana['id']}/reset-password", {})

    users = api.server.services.users
    user = await users.sign_in("ana", Secret(reset.body["password"]), source_ip="")
    assert role.body["role"] == "viewer"
    assert user.id == ana["id"]


async def test_the_last_admin_is_kept(api: Api) -> None:
    ana = (await api.call("POST", "/api/users", ANA)).body
    path = f"/api/users/{ana['id']}"

    demoted = await api.call("PATCH", path, {"role": "operator"})
    removed = await api.call("DELETE", path)

    assert (demoted.status, demoted.body["error"]) == (409, "last_admin")
    assert (removed.status, removed.body["error"]) == (409, "last_admin")


async def test_whoever_is_removed_is_gone(api: Api) -> None:
    await api.call("POST", "/api/users", ANA)
    rosa = (await api.call("POST", "/api/users", ANA | {"name": "rosa"})).body

    removed = await api.call("DELETE", f"/api/users/{rosa['id']}")
    again = await api.call("DELETE", f"/api/users/{rosa['id']}")

    entry, *_ = (await api.get("/api/audit"))["entries"]
    assert (removed.status, again.status) == (204, 404)
    assert (entry["action"], entry["target"]) == ("user.delete", "user:rosa")
    assert entry["actor"] == f"key:a {Role.ADMIN}"
