"""People and keys in the dashboard: made, changed and removed."""

import re

import pytest

from recado.access.roles import Role
from recado.store import keys
from tests.helpers.api import Api
from tests.helpers.browser import PASSWORD, Browser, Page, a_user

HOSTILE = "\"><script>alert(1)</script><img src=x onerror='x'>{{ 7*7 }}"


def secret_on(page: Page) -> str:
    assert page.status == 200, page.words
    [secret] = re.findall(r'id="secret">([^<]+)<', page.text)
    return str(secret)


async def test_a_new_person_signs_in_with_the_password_that_was_shown_once(
    api: Api, admin: Browser, other: Browser
) -> None:
    made = await admin.post("/people", name="Rosa", role="operator")
    password = secret_on(made)

    await other.sign_in("rosa", password)

    people = await admin.get("/people")
    api.server.log.flush()
    assert len(password) == 27
    assert "rosa operator" in people.words
    assert password not in people.text
    assert password not in api.log.getvalue()
    assert password not in str(await api.get("/api/audit"))


@pytest.mark.parametrize(
    ("name", "role", "field"),
    [
        ("", "viewer", "user-name"),
        (HOSTILE, "viewer", "user-name"),
        ("ADMIN", "viewer", "user-name"),
        ("rosa", "root", "user-role"),
    ],
)
async def test_a_form_that_will_not_do_says_why_beside_the_field(
    admin: Browser, name: str, role: str, field: str
) -> None:
    page = await admin.post("/people", name=name, role=role)

    assert page.status == 400
    assert f'id="error-{field}"' in page.text
    assert "<script>alert" not in page.text


async def test_another_role_ends_the_sessions(
    api: Api, admin: Browser, other: Browser
) -> None:
    rosa = await a_user(api.server, Role.OPERATOR, name="rosa")
    await other.sign_in("rosa")

    page = await admin.submit(f"/people/{rosa.id}/role", role="viewer")

    assert "The role of rosa is changed" in page.words
    assert (await other.get("/account")).status == 303
    assert (await api.server.services.users.get(rosa.id)).role == "viewer"


async def test_another_password_ends_the_sessions(
    api: Api, admin: Browser, other: Browser
) -> None:
    rosa = await a_user(api.server, Role.OPERATOR, name="rosa")
    await other.sign_in("rosa")

    password = secret_on(await admin.post(f"/people/{rosa.id}/password"))

    old = await other.post("/login", name="rosa", password=PASSWORD)
    assert (await other.get("/account")).status == 303
    assert old.status == 401
    await other.sign_in("rosa", password)


async def test_whoever_is_removed_is_out_at_once(
    api: Api, admin: Browser, other: Browser
) -> None:
    rosa = await a_user(api.server, Role.ADMIN, name="rosa")
    await other.sign_in("rosa")

    page = await admin.submit(f"/people/{rosa.id}/deletion")

    assert "rosa is removed" in page.words
    assert (await other.get("/account")).status == 303
    assert (await admin.get(f"/people/{rosa.id}")).status == 404


async def test_the_last_admin_stays_and_stays_admin(api: Api, admin: Browser) -> None:
    [user] = await api.server.services.users.every()

    demoted = await admin.submit(f"/people/{user.id}/role", role="viewer")
    removed = await admin.submit(f"/people/{user.id}/deletion")

    assert "this is the last admin" in demoted.words
    assert "this is the last admin" in removed.words
    assert (await api.server.services.users.get(user.id)).role == "admin"


async def test_one_s_own_password_needs_the_old_one(
    api: Api, admin: Browser, other: Browser
) -> None:
    await other.sign_in("admin")
    new = "a quite different sentence"

    wrong = await admin.post("/account/password", old="wrong", new=new, repeated=new)
    short = await admin.post(
        "/account/password", old=PASSWORD, new="short", repeated="short"
    )
    right = await admin.submit("/account/password", old=PASSWORD, new=new, repeated=new)

    assert (wrong.status, 'id="error-old"' in wrong.text) == (400, True)
    assert (short.status, 'id="error-new"' in short.text) == (400, True)
    assert "Your password is changed" in right.words
    assert (await other.get("/account")).status == 303
    await other.sign_in("admin", new)


async def test_guessing_the_old_password_is_stopped_too(
    api: Api, admin: Browser
) -> None:
    new = {
        "new": "a quite different sentence",
        "repeated": "a quite different sentence",
    }
    for _ in range(5):
        await admin.post("/account/password", old="wrong", **new)

    stopped = await admin.post("/account/password", old=PASSWORD, **new)

    assert "Too many wrong passwords" in stopped.words


async def test_one_ends_one_s_other_browser(
    api: Api, admin: Browser, other: Browser
) -> None:
    await other.sign_in("admin")
    account = await other.get("/account")
    ends = re.findall(r'action="(/account/sessions/\d+/end)"', account.text)

    page = await other.submit(ends[1])

    assert len(ends) == 2
    assert "That session is over" in page.words
    assert (await admin.get("/account")).status == 303


async def test_an_admin_ends_the_session_of_somebody(
    api: Api, admin: Browser, other: Browser
) -> None:
    rosa = await a_user(api.server, Role.VIEWER, name="rosa")
    await other.sign_in("rosa")
    shown = await admin.get(f"/people/{rosa.id}")
    [end] = re.findall(r'action="(/people/\d+/sessions/\d+/end)"', shown.text)

    await admin.submit(end)

    assert (await other.get("/account")).status == 303


async def test_a_key_is_made_shown_once_and_revoked(api: Api, admin: Browser) -> None:
    made = secret_on(await admin.post("/keys", name="a bot", role="viewer"))
    bearer = {"Authorization": f"Bearer {made}"}
    before = await api.call("GET", "/api/triggers", role=None, headers=bearer)
    people = await admin.get("/people")
    [found] = [
        key
        for key in await api.server.services.store.read(keys.every)
        if key.name == "a bot"
    ]

    told = await admin.submit(f"/keys/{found.id}/revocation")
    after = await api.call("GET", "/api/triggers", role=None, headers=bearer)

    assert made not in people.text
    assert "The key a bot is revoked" in told.words
    assert (before.status, after.status) == (200, 401)


async def test_a_hostile_name_of_a_key_is_only_text_wherever_it_is_shown(
    api: Api, admin: Browser
) -> None:
    made = await admin.post("/keys", name=HOSTILE, role="viewer")
    [key, *_] = (await api.get("/api/keys"))["keys"][::-1]
    people = await admin.get("/people")
    audit = await admin.get("/audit")
    told = await admin.submit(f"/keys/{key['id']}/revocation")

    for page in (made, people, audit, told):
        assert page.status == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text
    assert "49" not in made.words


async def test_a_hostile_browser_name_is_only_text(api: Api, browser: Browser) -> None:
    await a_user(api.server, Role.VIEWER)
    answer = await browser.send(
        "POST",
        "/login",
        fields={"name": "viewer", "password": PASSWORD},
        headers={"user-agent": "<script>alert(1)</script>"},
    )

    page = await browser.get("/account")

    assert answer.status == 303
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


async def test_a_message_that_somebody_else_planted_is_text_or_nothing(
    admin: Browser,
) -> None:
    for planted in ("not base64", "WyJ4Il0=", "W10=", "bnVsbA==", "WzEsMiwzXQ=="):
        admin.cookies["recado_flash"] = planted
        page = await admin.get("/account")

        assert page.status == 200, planted
        assert 'role="status"' not in page.text


async def test_an_api_key_has_no_account(api: Api) -> None:
    reply = await api.call("GET", "/account", headers={"accept": "text/html"})

    assert reply.status == 404
