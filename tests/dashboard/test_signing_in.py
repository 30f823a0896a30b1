"""Signing in and out: the first admin, passwords, and what a session is worth."""

import asyncio
from datetime import timedelta

import pytest

from recado.access.roles import Role
from recado.observe.signals import Name
from tests.helpers.api import Api
from tests.helpers.browser import PASSWORD, Browser, a_user
from tests.helpers.clock import FakeClock
from tests.helpers.databases import ONLY_SQLITE

SESSION = "recado_session"


def setup_path(api: Api) -> str:
    address = api.server.setup_url
    assert address is not None
    return address.removeprefix(api.server.url)


async def make_first_admin(browser: Browser, path: str, name: str = "Ana") -> None:
    token = path.partition("token=")[2]
    answer = await browser.post(
        "/setup", token=token, name=name, password=PASSWORD, repeated=PASSWORD
    )
    assert answer.status == 303, answer.words


async def test_the_printed_link_makes_the_first_admin_and_signs_them_in(
    api: Api, browser: Browser
) -> None:
    form = await browser.get(setup_path(api))
    await make_first_admin(browser, setup_path(api))

    account = await browser.get("/account")
    assert form.status == 200
    assert account.status == 200
    assert "ana" in account.words
    assert "admin" in account.words


async def test_the_link_opens_once(api: Api, browser: Browser, other: Browser) -> None:
    path = setup_path(api)
    await make_first_admin(browser, path)

    form = await other.get(path)
    again = await other.post(
        "/setup",
        token=path.partition("token=")[2],
        name="eve",
        password=PASSWORD,
        repeated=PASSWORD,
    )

    assert (form.status, again.status) == (404, 404)
    assert [user.name for user in await api.server.services.users.every()] == ["ana"]


async def test_two_who_have_the_link_at_once_make_one_admin(
    api: Api, browser: Browser, other: Browser
) -> None:
    token = setup_path(api).partition("token=")[2]
    fields = {"token": token, "password": PASSWORD, "repeated": PASSWORD}

    answers = await asyncio.gather(
        browser.post("/setup", name="ana", **fields),
        other.post("/setup", name="eve", **fields),
    )

    assert sorted(answer.status for answer in answers) == [303, 404]
    assert len(await api.server.services.users.every()) == 1


async def test_a_wrong_link_opens_nothing(api: Api, browser: Browser) -> None:
    for path in ("/setup", "/setup?token=", "/setup?token=wrong"):
        assert (await browser.get(path)).status == 404


async def test_no_link_is_offered_where_there_are_people(api: Api) -> None:
    await a_user(api.server, Role.VIEWER)
    api.server.setup_url = None

    await api.server._offer_setup()

    assert api.server.setup_url is None


async def test_the_link_is_not_in_the_log(api: Api, browser: Browser) -> None:
    path = setup_path(api)
    await browser.get(path)
    await make_first_admin(browser, path)

    api.server.log.flush()
    assert path.partition("token=")[2] not in api.log.getvalue()


@pytest.mark.parametrize(
    ("name", "password", "repeated"),
    [
        ("", PASSWORD, PASSWORD),
        ("<script>", PASSWORD, PASSWORD),
        ("ana", "too short", "too short"),
        ("ana", "aaaaaaaaaaaaa", "aaaaaaaaaaaaa"),
        ("ana", PASSWORD, "something else"),
        ("ana", "x" * 257, "x" * 257),
    ],
)
async def test_the_first_admin_needs_a_name_and_a_password_that_will_do(
    api: Api, browser: Browser, name: str, password: str, repeated: str
) -> None:
    token = setup_path(api).partition("token=")[2]

    answer = await browser.post(
        "/setup", token=token, name=name, password=password, repeated=repeated
    )

    assert answer.status == 400
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{password}"' not in answer.text
    assert not await api.server.services.users.are_there_any()


async def test_the_right_password_leads_to_where_one_wanted_to_go(
    api: Api, browser: Browser
) -> None:
    await a_user(api.server, Role.ADMIN)
    sent_away = await browser.get("/audit?actor=ana")

    answer = await browser.post(
        "/login", name=" ADMIN ", password=PASSWORD, next="/audit?actor=ana"
    )

    assert sent_away.status == 303
    assert sent_away.location == "/login?next=%2Faudit%3Factor%3Dana"
    assert answer.location == "/audit?actor=ana"
    assert (await browser.get(answer.location)).status == 200


@pytest.mark.parametrize(("name", "password"), [("admin", "wrong"), ("eve", PASSWORD)])
async def test_a_wrong_name_and_a_wrong_password_look_the_same(
    api: Api, browser: Browser, name: str, password: str
) -> None:
    await a_user(api.server, Role.ADMIN)

    answer = await browser.post("/login", name=name, password=password)

    assert answer.status == 401
    assert "The name or the password is wrong." in answer.words
    assert answer.cookies == ()
    assert api.happenings.counted[Name.LOGIN_REFUSED] == 1


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
    api: Api, browser: Browser
) -> None:
    await a_user(api.server, Role.VIEWER)

    plain = await browser.post("/login", name="viewer", password=PASSWORD)
    over_tls = await browser.send(
        "POST",
        "/login",
        fields={"name": "viewer", "password": PASSWORD},
        headers={"x-forwarded-proto": "https"},
    )

    [cookie], [secure] = plain.cookies, over_tls.cookies
    assert cookie.startswith(f"{SESSION}=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert secure.startswith(f"__Host-{SESSION}=")
    assert "Secure" in secure
    assert "Path=/" in secure
    assert "Domain" not in secure


async def test_a_session_from_before_signing_in_is_never_taken_over(
    api: Api, browser: Browser, other: Browser
) -> None:
    await a_user(api.server, Role.VIEWER)
    browser.cookies[SESSION] = "chosen-by-somebody-else"

    await browser.sign_in("viewer")

    other.cookies[SESSION] = "chosen-by-somebody-else"
    assert browser.cookies[SESSION] != "chosen-by-somebody-else"
    assert (await other.get("/account")).status == 303


async def test_signing_in_again_ends_the_session_of_before(
    api: Api, browser: Browser, other: Browser
) -> None:
    await a_user(api.server, Role.VIEWER)
    await browser.sign_in("viewer")
    first = browser.cookies[SESSION]

    await browser.sign_in("viewer")

    other.cookies[SESSION] = first
    assert browser.cookies[SESSION] != first
    assert (await other.get("/account")).status == 303


@ONLY_SQLITE  # the files of it can be read
async def test_the_database_cannot_tell_what_a_browser_holds(
    api: Api, admin: Browser
) -> None:
    token = admin.cookies[SESSION]

    content = b"".join(
        path.read_bytes() for path in api.server.settings.data_dir.glob("recado.db*")
    )

    assert len(token) > 40
    assert token.encode() not in content
    assert PASSWORD.encode() not in content
    assert b"$argon2id$" in content


async def test_signing_out_ends_the_session(
    api: Api, admin: Browser, other: Browser
) -> None:
    other.cookies[SESSION] = admin.cookies[SESSION]

    answer = await admin.post("/logout")

    assert answer.location == "/login"
    assert SESSION not in admin.cookies
    assert (await other.get("/account")).status == 303


async def test_a_session_ends_after_twelve_hours_without_use(
    api: Api, admin: Browser, clock: FakeClock
) -> None:
    clock.advance(timedelta(hours=11))
    still = await admin.get("/account")
    clock.advance(timedelta(hours=11))
    again = await admin.get("/account")

    clock.advance(timedelta(hours=12))
    late = await admin.get("/account")

    assert [still.status, again.status, late.status] == [200, 200, 303]


async def test_a_session_ends_after_seven_days_whatever_is_done(
    api: Api, admin: Browser, clock: FakeClock
) -> None:
    for _ in range(15):
        clock.advance(timedelta(hours=11))
        assert (await admin.get("/account")).status == 200

    clock.advance(timedelta(hours=3))

    assert (await admin.get("/account")).status == 303


async def test_guessing_is_stopped_and_the_right_password_with_it(
    api: Api, browser: Browser, clock: FakeClock
) -> None:
    await a_user(api.server, Role.ADMIN)
    for _ in range(5):
        wrong = await browser.post("/login", name="admin", password="a wrong guess")
        assert wrong.status == 401

    stopped = await browser.post("/login", name="admin", password=PASSWORD)
    clock.advance(timedelta(minutes=15))
    later = await browser.post("/login", name="admin", password=PASSWORD)

    assert stopped.status == 429
    assert stopped.headers["retry-after"] == "900"
    assert "Try again in 15 minutes" in stopped.words
    assert later.status == 303


async def test_guesses_at_once_are_counted_before_they_are_looked_at(
    api: Api, browser: Browser
) -> None:
    await a_user(api.server, Role.ADMIN)

    answers = await asyncio.gather(
        *(browser.post("/login", name="admin", password=f"g{n}") for n in range(12))
    )

    statuses = [answer.status for answer in answers]
    assert (statuses.count(401), statuses.count(429)) == (5, 7)


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\/evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
async def test_signing_in_leads_nowhere_else(
    api: Api, browser: Browser, wanted: str
) -> None:
    await a_user(api.server, Role.VIEWER)

    answer = await browser.post("/login", name="viewer", password=PASSWORD, next=wanted)
    language = await browser.post("/language", language="en", next=wanted)

    assert answer.location == "/"
    assert language.location == "/"


async def test_somebody_who_is_signed_in_skips_the_form(
    api: Api, admin: Browser
) -> None:
    answer = await admin.get("/login?next=/audit")

    assert (answer.status, answer.location) == (303, "/audit")


async def test_a_session_opens_the_api_as_well(api: Api, admin: Browser) -> None:
    answer = await admin.get("/api/users", accept="application/json")

    assert answer.status == 200
    assert '"name":"admin"' in answer.text


async def test_signing_in_and_out_are_in_the_audit_log(
    api: Api, admin: Browser
) -> None:
    await admin.post("/logout")

    entries = (await api.get("/api/audit"))["entries"]
    done = [(entry["actor"], entry["action"]) for entry in entries[:2]]
    assert done == [("user:admin", "session.end"), ("user:admin", "session.start")]


@pytest.mark.parametrize(
    ("referer", "after"),
    [
        ("http://recado.example/people?x=1", "/people?x=1"),
        ("http://recado.example//evil.example", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
async def test_the_language_of_an_answer_to_a_form_is_switched_at_its_form(
    admin: Browser, referer: str, after: str
) -> None:
    await admin.get("/people")
    fields = {"csrf": admin.csrf, "name": "no name!", "role": "viewer"}

    page = await admin.send(
        "POST", "/people", fields=fields, headers={"referer": referer}
    )

    assert page.status == 400
    assert f'name="next" value="{after}"' in page.text
