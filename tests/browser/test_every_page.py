"""What every page promises: no barrier, no sideways scrolling, nothing from outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, Request

from tests.browser.conftest import ECHO, Visitor
from tests.helpers.running_server import running_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAGES = (
    "/",
    "/?window=hour",
    "/executions",
    "/executions?status=failed&q=5511",
    "/executions?since=nonsense",
    "/executions/1",
    "/executions/1/event",
    "/executions/1/replay",
    "/executions/2",
    "/executions/4711",
    "/dead-letters",
    "/dead-letters/{group}",
    "/bulk/new?kind=replay",
    "/bulk/new?kind=discard&ids=1",
    "/bulk/1",
    "/triggers",
    "/triggers/new",
    "/triggers/1",
    "/triggers/1/edit",
    "/triggers/1/tests",
    "/people",
    "/people/1",
    "/account",
    "/audit",
    "/settings",
    "/-/parts",
)
NARROW = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def seen(
    chrome: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visitor]:
    """An admin before a server with dead letters, one of them resolved by a bulk."""
    folder: Path = tmp_path_factory.mktemp("every-page")
    (folder / "scripts").mkdir()
    (folder / "scripts" / "echo.py").write_text(ECHO, encoding="utf-8")
    with running_server(folder) as server:
        context = chrome.new_context(locale="en")
        visitor = Visitor(
            server=server, page=context.new_page(), context=context, has_script=True
        )
        visitor.becomes_admin()
        hook_url = visitor.makes_trigger("Echo")
        visitor.fails(hook_url, "5511900000001", "5511900000002", "5511900000003")
        visitor.go("/bulk/new?kind=discard&ids=2")
        visitor.press("Discard 1 now")
        visitor.sees("1 of 1 dealt with")
        yield visitor
        context.close()


def address(seen: Visitor, path: str) -> str:
    """Fill in the name of the only group of dead letters."""
    if "{group}" not in path:
        return path
    link = seen.go("/dead-letters").locator(".cause h2 a").first
    return link.get_attribute("href") or ""


def in_theme(seen: Visitor, theme: str) -> Page:
    seen.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    return seen.page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_serious_barrier(seen: Visitor, theme: str) -> None:
    axe, found = Axe(), {}

    for path in PAGES:
        in_theme(seen, theme)
        page = seen.go(address(seen, path))
        page.evaluate(
            "document.querySelectorAll('details').forEach((d) => d.open = true)"
        )
        violations = axe.run(page).response["violations"]
        serious = [
            (one["id"], [node["html"] for node in one["nodes"]][:3])
            for one in violations
            if one["impact"] in {"serious", "critical"}
        ]
        if serious:
            found[path] = serious

    assert found == {}


def test_no_page_scrolls_sideways_on_a_phone(seen: Visitor) -> None:
    seen.page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a plain dict is one

    found = {}
    for path in PAGES:
        page = seen.go(address(seen, path))
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            found[path] = over

    assert found == {}


def test_every_page_has_one_heading_a_way_past_the_menu_and_a_title(
    seen: Visitor,
) -> None:
    for path in PAGES:
        page = seen.go(address(seen, path))

        assert page.locator("h1").count() == 1, path
        assert page.locator("a.skip").get_attribute("href") == "#main", path
        assert page.title().endswith("· Recado"), path
        assert len(page.title()) > len("· Recado") + 1, path


def test_nothing_comes_from_elsewhere_and_the_policy_is_kept(seen: Visitor) -> None:
    asked: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    context: BrowserContext = seen.context
    context.on("request", note)
    seen.page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if "Content Security Policy" in message.text
            else None
        ),
    )
    for path in PAGES:
        seen.go(address(seen, path))
    context.remove_listener("request", note)

    assert len(asked) > len(PAGES)
    assert [url for url in asked if not url.startswith(seen.server.url)] == []
    assert complaints == []


def test_the_keyboard_reaches_the_button_that_replays(seen: Visitor) -> None:
    page = seen.go("/executions/1")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("Tab")
        if "Replay" in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/executions/1/replay")

    assert "Nothing has happened yet" in (page.text_content("main") or "")
