"""A real browser before a real server. Each story runs with JavaScript on and off."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from recado.observe.signals import Name
from tests.helpers.running_server import RunningServer, running_server

HANGS = 30_000
"""Milliseconds after which nothing more is expected to happen."""
expect.set_options(timeout=HANGS)

PASSWORD = "a few unusual words"
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = (
    "Chromium is missing: `make packages`, or set RECADO_TEST_CHROMIUM to its path"
)

# What it does depends on a file beside it, which is how an operator mends things.
ECHO = """
import json, pathlib, sys
event = json.load(sys.stdin)
if not (pathlib.Path(__file__).parent / "repaired").exists():
    print(f"ValueError: {event['chat']} is not on WhatsApp", file=sys.stderr)
    sys.exit(1)
print("answered", event["chat"])
"""


def chromium() -> str:
    named = os.environ.get("RECADO_TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail(MISSING)
    return found


# not for the session: as long as it is there an event loop runs in this thread, and no
# other test could run one
@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "echo.py").write_text(ECHO, encoding="utf-8")
    with running_server(tmp_path) as running:
        yield running


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody at a browser. ``has_script`` tells whether JavaScript is on."""

    server: RunningServer
    page: Page
    context: BrowserContext
    has_script: bool

    def go(self, path: str) -> Page:
        self.page.goto(self.server.url + path)
        return self.page

    def press(self, name: str) -> None:
        """Press the button or follow the link of this name."""
        pattern = re.compile(f"^{re.escape(name)}")
        button = self.page.get_by_role("button", name=pattern)
        found = button if button.count() else self.page.get_by_role("link", name=name)
        found.first.click()

    def sees(self, words: str) -> None:
        """Wait for words; without JavaScript by looking again."""
        if not self.has_script:
            for _ in range(300):
                if words in (self.page.text_content("main") or ""):
                    return
                self.page.wait_for_timeout(100)
                self.page.reload()
        expect(self.page.locator("main")).to_contain_text(words)

    def becomes_admin(self) -> None:
        self.page.goto(self.server.setup_url)
        self.page.fill("[name=name]", "Ana")
        self.page.fill("[name=password]", PASSWORD)
        self.page.fill("[name=repeated]", PASSWORD)
        self._leaves_by_button()

    def signs_in(self, name: str, password: str) -> None:
        self.go("/login")
        self.page.fill("[name=name]", name)
        self.page.fill("[name=password]", password)
        self._leaves_by_button()

    def _leaves_by_button(self) -> None:
        """Press the only button; going on before it leads anywhere breaks it off."""
        here = self.page.url
        self.page.locator("main button").click()
        expect(self.page).not_to_have_url(here)

    def makes_trigger(self, name: str, *, source: str = "evolution_go") -> str:
        """Make a trigger that runs the script; returns where to deliver."""
        self.go("/triggers/new")
        self.page.fill("[name=name]", name)
        self.page.select_option("[name=source]", source)
        self.page.fill("[name=event_types]", "")
        self.page.select_option("[name=action_type]", "script")
        self.page.fill("[name='script.file']", "echo.py")
        self.press("Save")
        return self.page.locator("#hook-url").inner_text()

    def fails(self, hook_url: str, *phones: str) -> None:
        """Deliver a message of each phone, and wait until each has failed."""
        for phone in phones:
            chat = f"{phone}@s.whatsapp.net"
            info = {"ID": f"3EB0{phone}", "Chat": chat, "Sender": chat}
            message = {"Info": info, "Message": {"conversation": "Oi!"}}
            body = {"event": "Message", "instanceId": "sales", "data": message}
            trigger = {"hook_url": hook_url, "secret": "none is needed there"}
            assert self.server.deliver(trigger, body) == 200
        for _ in phones:
            self.server.wait_for(Name.TRIGGER_DEAD_LETTER)

    def mends(self) -> None:
        """Do what makes the script succeed from now on."""
        (self.server.scripts / "repaired").touch()


@pytest.fixture(params=[True, False], ids=["with-script", "without-script"])
def visitor(
    request: pytest.FixtureRequest, chrome: Browser, server: RunningServer
) -> Iterator[Visitor]:
    context = chrome.new_context(java_script_enabled=request.param, locale="en")
    context.set_default_timeout(HANGS)
    yield Visitor(
        server=server,
        page=context.new_page(),
        context=context,
        has_script=request.param,
    )
    context.close()
