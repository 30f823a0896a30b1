"""Whatever a payload holds is text on every page, never markup."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado import wire
from recado.access.roles import Role
from recado.model.execution import Claimed
from recado.model.outcome import Failure, Outcome
from recado.model.trigger import ActionType, Trigger
from recado.observe.signals import Name
from recado.store import executions
from recado.store.matching import ExecutionFilter
from tests.helpers.api import Api, Running, Scripted
from tests.helpers.browser import Browser, a_user
from tests.helpers.builders import a_new_execution
from tests.helpers.clock import FakeClock

HOSTILE = (
    "\"'><planted onmouseover=alert(1)></script></textarea></title>"
    "<img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}javascript:alert(1)"
)
MARKUP = ("<planted", "<img src=x", "</script></textarea>")


class Hostile(Scripted):
    """Fails with an error and an output that would be markup if they could."""

    async def run(self, claimed: Claimed, trigger: Trigger) -> Outcome:
        return Failure(error=f"{HOSTILE} is wrong", output=HOSTILE, may_have_acted=True)


def a_hostile_document() -> bytes:
    fields = (
        *("source", "event_type", "instance", "chat", "sender", "text"),
        *("idempotency_key", "ordering_key", "received_at"),
    )
    inner = {HOSTILE: HOSTILE, "list": [HOSTILE, {HOSTILE: [HOSTILE]}]}
    document = dict.fromkeys(fields, HOSTILE)
    return wire.encode(document | {"data": inner, "envelope": inner, HOSTILE: HOSTILE})


@pytest.fixture
async def planted(
    tmp_path: Path, clock: FakeClock, database_url: str
) -> AsyncIterator[Api]:
    """A server in which everything that somebody else can choose is hostile."""
    actions = dict.fromkeys(ActionType, Hostile())
    async with Running(
        tmp_path, clock, actions=actions, database_url=database_url
    ) as api:
        trigger = await api.a_trigger(
            name=HOSTILE,
            event_filter={HOSTILE: HOSTILE},
            action_type="http",
            action_payload={"url": f"https://x.example/{HOSTILE}", "body": HOSTILE},
            agent=HOSTILE,
            settings={"ordering": "none", "max_attempts": 1, "base_delay": 0.01},
        )
        whatsapp = await api.a_trigger(
            name=HOSTILE,
            action_type="whatsapp",
            action_payload={
                "number": "{{ event.chat }}",
                "text": "{{ event.text }}",
            },
            settings={
                "ordering": "none",
                "max_attempts": 1,
                "instance": {"url": f"http://x/{HOSTILE}".split()[0], "token": "t"},
            },
        )
        for chosen in (trigger, whatsapp):
            new = a_new_execution(
                chosen["id"],
                document=a_hostile_document(),
                ordering_key=f"{HOSTILE}|{HOSTILE}",
                idempotency_key=f"{HOSTILE}{chosen['id']}",
                received_at=clock.now(),
            )
            await api.server.store.accept(new)
        api.server.worker.wake()
        await api.happenings.until(Name.TRIGGER_DEAD_LETTER, times=2)
        custom = await api.a_trigger(source="custom", name=HOSTILE)
        await api.call(
            "POST",
            custom["webhook_url"],
            raw=HOSTILE.encode(),
            role=None,
            headers={"X-Webhook-Signature": HOSTILE, "X-Planted": HOSTILE},
        )
        await api.happenings.until(Name.TRIGGER_REJECTED)
        yield api


@pytest.fixture
async def admin_of_planted(planted: Api) -> AsyncIterator[Browser]:
    await a_user(planted.server, Role.ADMIN)
    async with Browser(planted.server) as browser:
        await browser.sign_in("admin")
        yield browser


async def pages_of(api: Api) -> list[str]:
    dead = await api.server.store.read(executions.page, ExecutionFilter(), limit=10)
    groups = await api.server.store.read(executions.dead_letter_groups)
    of_each = [
        f"/executions/{one.id}{part}"
        for one in dead
        for part in ("", "/event", "/replay")
    ]
    of_triggers = [f"/triggers/{n}{part}" for n in (1, 2, 3) for part in ("", "/edit")]
    return [
        *of_each,
        *of_triggers,
        *(f"/dead-letters/{group.fingerprint}" for group in groups),
        *("/", "/executions", "/dead-letters", "/bulk/new?kind=replay"),
        *("/triggers", "/triggers/1/tests", "/audit", "/people", "/settings"),
    ]


async def test_no_page_takes_a_payload_for_markup(
    planted: Api, admin_of_planted: Browser
) -> None:
    shown = 0

    for path in await pages_of(planted):
        page = await admin_of_planted.get(path)

        assert page.status == 200, path
        assert [part for part in MARKUP if part in page.text] == [], path
        assert " onmouseover=alert(1)>" not in page.text, path
        assert "49" not in page.words.split(), path  # no template ran
        shown += "&lt;planted" in page.text

    assert shown > 12


@pytest.mark.parametrize(
    "path",
    [
        "/executions?q={}",
        "/executions?status={}",
        "/executions?instance={}&since={}",
        "/dead-letters?category={}",
        "/dead-letters/{}",
        "/triggers?q={}",
        "/?window={}",
        "/{}",
    ],
)
async def test_no_page_takes_its_address_for_markup(
    planted: Api, admin_of_planted: Browser, path: str
) -> None:
    escaped = "%22%27%3E%3Cplanted%20onmouseover=alert(1)%3E%3Cimg%20src=x%3E"

    page = await admin_of_planted.get(path.replace("{}", escaped))

    assert page.status in {200, 400, 404}
    assert [part for part in MARKUP if part in page.text] == []


async def test_no_form_takes_what_it_got_for_markup(
    planted: Api, admin_of_planted: Browser
) -> None:
    names = (
        *("name", "source", "event_types", "event_filter", "condition", "agent"),
        *("http.url", "http.headers", "http.body", "whatsapp.text", "script.file"),
        *("settings.max_attempts", "settings.instance.url", "payload", "headers"),
        *("settings.ordering_path", "secret"),
    )
    await admin_of_planted.get("/triggers/new")

    for action in ("http", "whatsapp", "script", HOSTILE):
        fields = dict.fromkeys(names, HOSTILE) | {"action_type": action}
        for path in ("/triggers", "/triggers/1", "/triggers/1/tests"):
            for intent in ("", "try"):
                page = await admin_of_planted.post(path, **fields, intent=intent)

                assert page.status == 400, (path, page.words)
                assert [part for part in MARKUP if part in page.text] == []
