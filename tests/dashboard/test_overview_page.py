"""Is it healthy? The first page tells at a glance."""

import pytest

from recado.access.roles import Role
from recado.store import circuits
from tests.helpers.api import Api
from tests.helpers.browser import Browser, a_user


@pytest.fixture
async def viewer(api: Api, browser: Browser) -> Browser:
    await a_user(api.server, Role.VIEWER)
    await browser.sign_in("viewer")
    return browser


def numbers(text: str) -> dict[str, str]:
    """The tiles of the overview, by their words."""
    found = {}
    for tile in text.split("<dt>")[1:]:
        word = tile.partition("</dt>")[0].partition(";")[0]
        value = tile.partition("<dd>")[2].partition("</dd>")[0]
        found[word] = value.replace('<a href="/dead-letters">', "").replace("</a>", "")
    return found


async def test_without_a_trigger_it_says_what_to_do_first(viewer: Browser) -> None:
    page = await viewer.get("/")

    assert "Nothing was accepted yet" in page.words


async def test_all_is_well(api: Api, viewer: Browser) -> None:
    trigger = await api.a_trigger()
    await api.deliver(trigger, times=2)

    page = await viewer.get("/")

    assert "All is well" in page.words
    assert numbers(page.text)["completed"] == "2"
    assert numbers(page.text)["dead letters now"] == "0"


@pytest.mark.parametrize("window", ["hour", "day", "week", "century"])
async def test_every_window_counts_what_just_happened(
    api: Api, viewer: Browser, window: str
) -> None:
    await api.deliver(await api.a_trigger(), times=2)
    await api.deliver(await api.a_trigger(action_payload="fail"))

    page = await viewer.get(f"/?window={window}")

    assert numbers(page.text)["accepted"] == "3"
    assert numbers(page.text)["dead letters now"] == "1"
    assert 'class="resolved"' in page.text
    assert 'class="dead"' in page.text


async def test_failures_are_there_by_cause(api: Api, viewer: Browser) -> None:
    await api.deliver(await api.a_trigger(action_payload="fail"), times=2)

    page = await viewer.get("/")

    assert "2 dead letters wait for you." in page.words
    assert "the number is wrong" in page.words


async def test_a_destination_that_does_not_answer_is_an_alarm(
    api: Api, viewer: Browser
) -> None:
    await api.a_trigger()
    await api.server.store.write(
        circuits.save,
        "instance:http://gateway:8080#0a1b2c3d",
        {"retry_at": "2026-03-25T20:00:30+00:00", "wait_seconds": 30},
        now=api.server.services.clock.now(),
    )

    page = await viewer.get("/")

    assert "Something is broken." in page.words
    assert "One destination does not answer." in page.words
    assert "http://gateway:8080" in page.words
    assert "0a1b2c3d" not in page.text
