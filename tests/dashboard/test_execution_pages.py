"""The list of executions and its filter, which lives in the address bar."""

from datetime import timedelta

import pytest

from recado.access.roles import Role
from recado.store import executions
from recado.store.matching import ExecutionFilter
from tests.helpers.api import Api
from tests.helpers.browser import Browser, a_user
from tests.helpers.builders import a_new_execution
from tests.helpers.clock import FakeClock

PHONE = "5511988887777"


@pytest.fixture
async def browser_of_viewer(api: Api, browser: Browser) -> Browser:
    await a_user(api.server, Role.VIEWER)
    await browser.sign_in("viewer")
    return browser


async def three_chats(api: Api) -> int:
    """Three executions that failed; the second is of the phone that is looked for."""
    trigger = await api.a_trigger(action_payload="fail")
    for number, chat in enumerate(("5511900000001", PHONE, "5511900000003")):
        new = a_new_execution(
            trigger["id"],
            received_at=api.server.services.clock.now(),
            ordering_key=f"sales|{chat}@s.whatsapp.net",
            idempotency_key=f"key-{number}",
        )
        await api.server.store.accept(new)
    trigger_id: int = trigger["id"]
    return trigger_id


async def test_a_phone_number_finds_its_execution(
    api: Api, browser_of_viewer: Browser
) -> None:
    await three_chats(api)

    page = await browser_of_viewer.get(f"/executions?q={PHONE}")

    assert f"+{PHONE}" in page.words
    assert "5511900000001" not in page.words
    assert f'value="{PHONE}"' in page.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", 3),
        ("status=&category=&trigger_id=&q=&since=&until=&instance=", 3),
        ("trigger_id=1", 3),
        ("trigger_id=99", 0),
        ("status=completed", 0),
        ("category=permanent&status=completed", 0),
        ("instance=sales", 3),
        ("instance=support", 0),
        ("since=2026-03-25T00:00", 3),
        ("until=2026-03-25T00:00", 0),
        ("q=key-1", 1),
    ],
)
async def test_the_address_bar_holds_the_filter(
    api: Api, browser_of_viewer: Browser, query: str, shown: int
) -> None:
    await three_chats(api)

    page = await browser_of_viewer.get(f"/executions?{query}")

    assert page.status == 200
    assert page.text.count('<th scope="row"') == shown


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("status=lost", "must be one of"),
        ("since=yesterday", "must be a moment, such as"),
        ("trigger_id=x", "must be a whole number"),
    ],
)
async def test_what_is_wrong_with_a_filter_is_said_beside_its_field(
    api: Api, browser_of_viewer: Browser, query: str, words: str
) -> None:
    page = await browser_of_viewer.get(f"/executions?{query}")

    assert page.status == 400
    assert words in page.words
    assert 'aria-invalid="true"' in page.text


async def test_older_pages_are_reached_by_key(
    api: Api, browser_of_viewer: Browser
) -> None:
    trigger = await api.a_trigger(enabled=False)
    for _ in range(51):
        await api.server.store.accept(a_new_execution(trigger["id"]))

    first = await browser_of_viewer.get("/executions?trigger_id=1")
    second = await browser_of_viewer.get("/executions?trigger_id=1&cursor=2")

    assert "trigger_id=1&amp;cursor=2" in first.text
    assert first.text.count('<th scope="row"') == 50
    assert second.text.count('<th scope="row"') == 1
    assert 'href="/executions?trigger_id=1"' in second.text


async def test_dead_letters_of_a_filter_can_all_be_replayed(
    api: Api, browser: Browser
) -> None:
    await a_user(api.server, Role.OPERATOR)
    await browser.sign_in("operator")
    trigger = await api.a_trigger(action_payload="fail")
    await api.deliver(trigger, times=2)

    page = await browser.get("/executions?status=failed,failed_retryable&q=wrong")
    preview = await browser.get("/bulk/new?kind=replay&status=failed&q=wrong")

    assert "/bulk/new?status=failed%2Cfailed_retryable&amp;q=wrong" in page.text
    assert "Replay 2 dead letters?" in preview.words
    assert "wrong" in preview.words


async def test_the_list_without_dead_letters_offers_no_bulk(
    api: Api, browser: Browser
) -> None:
    await a_user(api.server, Role.OPERATOR)
    await browser.sign_in("operator")
    await three_chats(api)

    assert "/bulk/new" not in (await browser.get("/executions")).text


async def test_the_timeline_has_every_attempt(
    api: Api, browser_of_viewer: Browser, clock: FakeClock
) -> None:
    trigger = await api.a_trigger(action_payload="fail")
    await api.deliver(trigger)
    [one] = await api.server.store.read(executions.page, ExecutionFilter(), limit=1)
    clock.advance(timedelta(minutes=1))

    words = (await browser_of_viewer.get(f"/executions/{one.id}")).words

    assert "Accepted" in words
    assert "Attempt 1" in words
    assert "took" in words


async def test_an_execution_that_is_not_there_is_a_page_too(
    api: Api, browser_of_viewer: Browser
) -> None:
    page = await browser_of_viewer.get("/executions/4711")

    assert page.status == 404
    assert "There is nothing here" in page.words


async def test_pages_are_in_portuguese_for_a_brazilian(
    api: Api, browser_of_viewer: Browser
) -> None:
    await three_chats(api)

    page = await browser_of_viewer.get("/executions", accept_language="pt-BR,pt;q=0.9")

    assert '<html lang="pt-BR">' in page.text
    assert "Execuções" in page.words
    assert "Executions" not in page.words
