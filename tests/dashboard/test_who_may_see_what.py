"""Every page and every form: for whom, from where, and under which headers."""

import re
from collections.abc import AsyncIterator

import pytest
from fastapi.routing import APIRoute

from recado.access.roles import Role
from recado.web.app import ROUTERS
from recado.web.dashboard.page_routes import OPEN_PAGES, PAGES
from recado.web.guard import role_of
from tests.helpers.api import KEYS, Api
from tests.helpers.browser import Browser, Page, a_user

ROUTES = [
    (method, re.sub(r"{\w+}", "1", route.path_format), role_of(route) or Role.VIEWER)
    for router in PAGES
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods or ())
]
FORMS = [(path, needed) for method, path, needed in ROUTES if method == "POST"]
CHANGES = [
    (method, re.sub(r"{\w+}", "1", route.path_format))
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted((route.methods or set()) - {"GET"})
]
OPEN_FORMS = [
    route.path
    for router in OPEN_PAGES
    for route in router.routes
    if isinstance(route, APIRoute) and "POST" in (route.methods or set())
]

Browsers = dict[Role, Browser]


@pytest.fixture
async def people(api: Api) -> AsyncIterator[Browsers]:
    """A signed-in browser for each role."""
    async with (
        Browser(api.server) as viewer,
        Browser(api.server) as operator,
        Browser(api.server) as admin,
    ):
        browsers = dict(zip(Role, (viewer, operator, admin), strict=True))
        for role, browser in browsers.items():
            await a_user(api.server, role)
            await browser.sign_in(role)
        yield browsers


def test_the_lists_are_not_empty() -> None:
    assert len(ROUTES) > 15
    assert len(FORMS) > 8
    assert len(CHANGES) > 10
    assert {needed for _, _, needed in ROUTES} >= {Role.VIEWER, Role.ADMIN}


async def test_a_role_that_is_too_low_is_refused(people: Browsers) -> None:
    for method, path, needed in ROUTES:
        for role in Role:
            if role.rank < needed.rank:
                page = await people[role].send(method, path, fields={})

                assert page.status == 403, (method, path, role)
                assert "You may not do this" in page.words


async def test_a_role_that_is_too_low_is_refused_for_a_key_too(api: Api) -> None:
    async with Browser(api.server) as browser:
        for method, path, needed in ROUTES:
            for role in Role:
                key = f"Bearer {KEYS[role].reveal()}"
                if role.rank < needed.rank:
                    page = await browser.send(
                        method, path, fields={}, headers={"authorization": key}
                    )
                    assert page.status == 403, (method, path, role)


async def test_whoever_is_not_signed_in_is_sent_to_sign_in(
    api: Api, browser: Browser
) -> None:
    for method, path, _ in ROUTES:
        page = await browser.send(method, path, fields={})

        assert page.status == 303, (method, path)
        assert page.location.startswith("/login")


async def test_the_menu_holds_what_one_may_see(people: Browsers) -> None:
    seen = {
        role: re.findall(r'<li><a href="([^"]+)"', (await each.get("/account")).text)
        for role, each in people.items()
    }

    everyday = ["/", "/executions", "/dead-letters", "/triggers"]
    assert seen[Role.VIEWER] == everyday
    assert seen[Role.OPERATOR] == everyday
    assert seen[Role.ADMIN] == [*everyday, "/people", "/audit", "/settings"]


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
        {"sec-fetch-site": "", "origin": "null"},
        {"sec-fetch-site": ""},
    ],
    ids=str,
)
async def test_what_another_site_sends_changes_nothing(
    people: Browsers, headers: dict[str, str]
) -> None:
    admin = people[Role.ADMIN]
    for method, path in [*(("POST", path) for path, _ in FORMS), *CHANGES]:
        page = await admin.send(
            method, path, fields={"csrf": admin.csrf}, headers=headers
        )
        assert page.status == 403, path
    for path in OPEN_FORMS:
        page = await admin.send("POST", path, fields={}, headers=headers)
        assert page.status == 403, path
    assert (await admin.get("/account")).status == 200


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
async def test_a_form_without_the_token_of_its_session_changes_nothing(
    people: Browsers, token: str
) -> None:
    for path, _ in FORMS:
        page = await people[Role.ADMIN].send("POST", path, fields={"csrf": token})

        assert page.status == 403, path
        assert "the form is too old" in page.words


async def test_a_form_with_the_token_of_another_session_changes_nothing(
    people: Browsers,
) -> None:
    admin, viewer = people[Role.ADMIN], people[Role.VIEWER]

    page = await admin.send("POST", "/logout", fields={"csrf": viewer.csrf})

    assert page.status == 403


async def test_an_old_browser_that_tells_only_its_origin_can_sign_out(
    api: Api, admin: Browser
) -> None:
    page = await admin.send(
        "POST",
        "/logout",
        fields={"csrf": admin.csrf},
        headers={"sec-fetch-site": "", "origin": api.server.url},
    )

    assert page.status == 303


async def test_every_page_is_under_a_strict_policy(
    people: Browsers, browser: Browser
) -> None:
    admin = people[Role.ADMIN]
    paths = ("/people", "/people/1", "/account", "/audit", "/settings", "/-/parts")
    pages = [await admin.get(path) for path in (*paths, "/nothing")]
    pages.append(await people[Role.VIEWER].get("/people"))
    pages.append(await browser.get("/login"))

    for page in pages:
        assert_strict(page)


async def test_a_page_that_breaks_is_under_the_same_policy(
    api: Api, admin: Browser
) -> None:
    object.__setattr__(api.server.services, "settings", None)

    page = await admin.get("/settings")

    assert page.status == 500
    assert "nobody foresaw" in page.words
    assert "NoneType" not in page.text
    assert_strict(page)


def assert_strict(page: Page) -> None:
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "data:" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert page.headers["cache-control"] == "no-store"
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page.text)


async def test_what_is_static_is_kept_for_a_year_under_its_version(
    browser: Browser,
) -> None:
    page = await browser.get("/login")
    [address] = re.findall(r'href="(/static/tokens.css\?v=\w+)"', page.text)

    versioned = await browser.get(address)
    plain = await browser.get("/static/tokens.css")
    same = await browser.get("/static/tokens.css", if_none_match=plain.headers["etag"])

    assert "immutable" in versioned.headers["cache-control"]
    assert versioned.headers["content-type"] == "text/css; charset=utf-8"
    assert plain.headers["cache-control"] == "no-cache"
    assert same.status == 304


@pytest.mark.parametrize(
    "path",
    ["/static/nothing.css", "/static/..%2fx.py", "/static/%2e%2e/x.py"],
)
async def test_nothing_else_is_static(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).status == 404


async def test_a_person_cannot_end_the_session_of_another(
    api: Api, people: Browsers
) -> None:
    services = api.server.services
    [admin] = [user for user in await services.users.every() if user.name == "admin"]
    [session] = await services.sessions.of_user(admin.id)

    page = await people[Role.VIEWER].post(f"/account/sessions/{session.id}/end")

    assert page.status == 404
    assert (await people[Role.ADMIN].get("/account")).status == 200


async def test_programs_get_json_and_people_get_pages(
    api: Api, browser: Browser
) -> None:
    page = await browser.get("/nothing")
    answer = await browser.get("/nothing", accept="application/json")
    api_answer = await browser.get("/api/users")

    assert "There is nothing here" in page.words
    assert '"error":"not_found"' in answer.text
    assert (api_answer.status, '"unauthorized"' in api_answer.text) == (401, True)
