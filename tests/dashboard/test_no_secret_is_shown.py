"""Everything that can be opened, opened: no page holds what is secret."""

import re

from fastapi.routing import APIRoute

from recado.web.dashboard.page_routes import OPEN_PAGES, PAGES
from tests.helpers.api import KEYS, SECRET_KEY, Api
from tests.helpers.browser import PASSWORD, Browser

PATHS = [
    re.sub(r"{\w+}", "1", route.path_format)
    for router in (*PAGES, *OPEN_PAGES)
    for route in router.routes
    if isinstance(route, APIRoute) and "GET" in (route.methods or set())
    if route.path_format not in ("/static/{name}", "/live")  # files; never ends
]


async def test_no_page_holds_a_secret(api: Api, admin: Browser) -> None:
    execution = await api.a_dead_letter()
    trigger = await api.call("GET", f"/api/triggers/{execution['trigger_id']}")
    rotated = await api.call("POST", "/api/triggers/1/regenerate-secret")
    planted = {
        "password": PASSWORD,
        "its hash": "$argon2id$",
        "session": admin.cookies["recado_session"],
        "key that encrypts": SECRET_KEY.reveal(),
        "secret of a trigger": rotated.body["secret"],
        **{f"key of {role}": key.reveal() for role, key in KEYS.items()},
    }

    pages = {path: (await admin.get(path)).text for path in PATHS}

    assert trigger.status == 200
    assert len(pages) > 8
    assert [
        (path, what)
        for path, text in pages.items()
        for what, secret in planted.items()
        if secret in text
    ] == []
