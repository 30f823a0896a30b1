"""Pictures of the main pages: ``make screenshots`` writes them to docs/screenshots/.

They are of a server with a made-up shop: three triggers, some hundred messages, and
numbers that are not on WhatsApp. Not a test: it is here for what it shares with them.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from recado import wire
from recado.clock import SystemClock
from recado.execution.settle import Tried, settlement_of
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.ids import TriggerId, WorkerId
from recado.model.outcome import Failure
from recado.model.status import Status
from recado.model.trigger import TriggerSettings
from recado.store.open import open_store
from recado.store.protocol import Settlement
from tests.browser.conftest import ECHO, Visitor, chromium
from tests.helpers.builders import a_new_execution, a_settlement
from tests.helpers.running_server import RunningServer, running_server

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
PICTURES = (
    ("overview", "/", WIDE, "light"),
    ("dead-letters", "/dead-letters", WIDE, "light"),
    ("execution", "/executions/{dead}", PHONE, "dark"),
    ("replay", "/executions/{dead}/replay", PHONE, "light"),
    ("executions", "/executions", WIDE, "dark"),
    ("trigger", "/triggers/1", WIDE, "light"),
    ("new-trigger", "/triggers/new", WIDE, "light"),
)
SHOP = ("Order confirmations", "Support bot", "Payment reminders")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as kept, sync_playwright() as playwright:
        scripts = Path(kept) / "scripts"
        scripts.mkdir()
        (scripts / "echo.py").write_text(ECHO, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox"]
        )
        with running_server(Path(kept)) as server:
            context = browser.new_context(locale="en")
            visitor = Visitor(
                server=server, page=context.new_page(), context=context, has_script=True
            )
            visitor.becomes_admin()
            for name in SHOP:
                visitor.makes_trigger(name)
            cookies = context.cookies()
        with ThreadPoolExecutor(1) as beside:  # this thread has the browser's loop
            beside.submit(lambda: asyncio.run(_fill(Path(kept)))).result()
        with running_server(Path(kept)) as server:
            _take(server, browser, cookies)
        browser.close()


async def _fill(folder: Path) -> None:
    """Write down a day of a shop: what came, what went out, and what did not."""
    now = datetime.now(UTC)
    store = await open_store(
        "sqlite:///recado.db", folder=folder, clock=SystemClock(), sleep=asyncio.sleep
    )
    draw = Random(7)  # the same day each time
    for minute in sorted(draw.uniform(2, 23 * 60) for _ in range(420)):
        at = now - timedelta(minutes=23 * 60 + 2 - minute)
        chat = f"55119{draw.randrange(10**8):08d}@s.whatsapp.net"
        event = {"source": "evolution_go", "event_type": "Message", "chat": chat}
        new = a_new_execution(
            TriggerId(1 + draw.randrange(3)),
            document=wire.encode(event | {"text": "Oi!", "data": {}, "envelope": {}}),
            ordering_key=f"sales|{chat}",
            received_at=at,
        )
        await store.accept(new)
        [claimed] = await store.claim(
            WorkerId("shop"), limit=1, lease=timedelta(minutes=1), room={}, caps={}
        )
        await store.settle(_end(claimed, draw.random(), chat, at=at))
    await store.close()


def _end(claimed: Claimed, luck: float, chat: str, *, at: datetime) -> Settlement:
    number = chat.partition("@")[0]
    ends = (
        (0.06, Category.PERMANENT, f"HTTP 500: the number {number} is not on WhatsApp"),
        (0.08, Category.TRANSIENT, "HTTP 503: no server is available to handle this"),
        (0.09, Category.CONFIG, "there is no file invoice.py in RECADO_SCRIPTS_DIR"),
    )
    for share, category, error in ends:
        if luck < share:
            return settlement_of(
                Tried(
                    claimed=claimed,
                    outcome=Failure(error=error, category=category),
                    started_at=at,
                    finished_at=at + timedelta(milliseconds=180),
                ),
                TriggerSettings(max_attempts=1),
                draw=lambda: 0.5,
            )
    summary = f"sent to {number} as 3EB0{claimed.id:018X}"
    return a_settlement(claimed, Status.COMPLETED, at=at, result_summary=summary)


def _take(server: RunningServer, browser: Browser, cookies: Any) -> None:
    context = browser.new_context()
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{server.url}/executions?status=failed")
    dead = page.locator("tbody th a").first.inner_text().removeprefix("#")
    context.close()
    for name, path, size, theme in PICTURES:
        context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]  # a plain dict is one
            color_scheme="dark" if theme == "dark" else "light",
            locale="en",
        )
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(server.url + path.format(dead=dead))
        page.screenshot(path=FOLDER / f"{name}.png")
        context.close()
        sys.stdout.write(f"{FOLDER / name}.png\n")


if __name__ == "__main__":
    main()
