"""The stories of an operator, from the first start to the message that goes out."""

import re

import pytest
from playwright.sync_api import expect

from recado import wire
from recado.observe.signals import Name
from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# Its own listener is the first of the stream, so the page has heard when this is told.
NOTE_REFUSALS = """
window.refused = new Promise((told) => {
    window.EventSource = class extends EventSource {
        constructor(...address) {
            super(...address);
            this.addEventListener("error", () => told());
        }
    };
});
"""
PHONE, OTHER, THIRD = "5511988887777", "5511900000001", "5511900000002"


def test_the_first_admin_comes_by_the_printed_link(visitor: Visitor) -> None:
    visitor.becomes_admin()

    page = visitor.go("/")

    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page.locator(".who")).to_contain_text("ana")


def test_a_trigger_from_the_form_takes_a_signed_event(visitor: Visitor) -> None:
    visitor.becomes_admin()
    hook_url = visitor.makes_trigger("Orders", source="custom")
    secret = visitor.page.locator("#secret").inner_text()
    visitor.mends()

    answer = visitor.server.deliver(
        {"hook_url": hook_url, "secret": secret}, {"chat": "a"}
    )
    visitor.go("/executions")

    assert answer == 200
    visitor.sees("completed")


def test_a_failure_is_found_understood_and_replayed(visitor: Visitor) -> None:
    visitor.becomes_admin()
    visitor.fails(visitor.makes_trigger("Echo"), OTHER, PHONE)
    page = visitor.go("/executions")

    page.locator("summary", has_text="Filter").click()
    page.fill("[name=q]", PHONE)
    visitor.press("Apply")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="#2").click()
    expect(page.locator(".failure")).to_contain_text(f"{PHONE}@s.whatsapp.net is not")
    expect(page.locator(".failure")).to_contain_text("the same request will fail again")
    visitor.mends()
    page.get_by_role("link", name="Replay …").click()
    expect(page.locator("main")).to_contain_text("Nothing has happened yet")
    expect(page.locator("main")).to_contain_text("echo.py")
    visitor.press("Replay now")
    visitor.sees("completed")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Execution 3")
    page.get_by_role("link", name="#2").click()
    expect(page.locator("main")).to_contain_text("It was replayed as #3")
    expect(page.locator("main")).to_contain_text("only once in 60 seconds")


def test_a_second_press_is_told_how_long_to_wait(visitor: Visitor) -> None:
    visitor.becomes_admin()
    visitor.fails(visitor.makes_trigger("Echo"), PHONE)
    page = visitor.go("/executions/1/replay")
    twin = visitor.context.new_page()
    twin.goto(page.url)

    visitor.press("Replay now")
    expect(page).to_have_url(re.compile(r"/executions/2$"))
    twin.get_by_role("button", name="Replay now").click()

    expect(twin.locator("main")).to_contain_text("Too soon")
    expect(twin.locator("main")).to_contain_text(re.compile(r"\d+ s are left"))


def test_a_whole_group_is_replayed(visitor: Visitor) -> None:
    visitor.becomes_admin()
    visitor.fails(visitor.makes_trigger("Echo"), PHONE, OTHER, THIRD)
    visitor.mends()
    page = visitor.go("/dead-letters")

    expect(page.locator("main")).to_contain_text("is not on WhatsApp")
    visitor.press("Replay all 3")
    expect(page.locator("h1")).to_have_text("Replay 3 dead letters?")
    visitor.press("Replay 3 now")

    visitor.sees("3 of 3 dealt with")
    for _ in range(3):
        visitor.server.wait_for(Name.TRIGGER_EXECUTE)
    expect(visitor.go("/dead-letters").locator("main")).to_contain_text(
        "No dead letters"
    )


def test_only_the_ticked_ones_are_discarded(visitor: Visitor) -> None:
    visitor.becomes_admin()
    visitor.fails(visitor.makes_trigger("Echo"), PHONE, OTHER)
    visitor.go("/dead-letters")

    visitor.press("Look inside")
    visitor.page.get_by_label("Select execution 1").check()
    visitor.press("Discard the selected")
    visitor.press("Discard 1 now")

    visitor.sees("1 of 1 dealt with")
    visitor.go("/executions/1")
    visitor.sees("discarded")
    expect(visitor.go("/executions/2").locator("h1")).to_contain_text("failed")


def test_a_viewer_looks_and_cannot_press(visitor: Visitor) -> None:
    visitor.becomes_admin()
    visitor.fails(visitor.makes_trigger("Echo"), PHONE)
    page = visitor.go("/people")
    page.locator("summary", has_text="Add somebody").click()
    page.fill("#field-user-name", "bia")
    page.locator("#field-user-role").select_option("viewer")
    page.locator("form[action='/people'] button").click()
    password = page.locator("#secret").inner_text()
    visitor.context.clear_cookies()

    visitor.signs_in("bia", password)
    visitor.go("/executions/1")

    expect(page.locator(".failure")).to_contain_text("needs the role operator")
    assert page.get_by_role("link", name="Replay …").count() == 0
    assert page.locator("main form[method=post]").count() == 0
    visitor.go("/executions/1/replay")
    expect(page.locator("main")).to_contain_text("You may not do this")


def test_the_language_is_switched_and_stays(visitor: Visitor) -> None:
    visitor.becomes_admin()
    page = visitor.go("/executions")

    visitor.press("Português")

    expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
    expect(page.get_by_role("heading", level=1)).to_have_text("Execuções")
    expect(visitor.go("/").locator("h1")).to_have_text("Visão geral")


def test_a_wrong_field_is_named_and_a_payload_can_be_tried(visitor: Visitor) -> None:
    visitor.becomes_admin()
    page = visitor.go("/triggers/new")
    page.fill("[name=name]", "Echo")
    page.fill("[name='whatsapp.text']", "eco: {{ event.text }}")

    visitor.press("Show what it would do")
    expect(page.locator("[id='error-settings.instance.url']")).to_be_visible()
    page.fill("[name='settings.instance.url']", "http://127.0.0.1:9")
    page.fill("[name='settings.instance.token']", "secret-of-the-instance")
    visitor.press("Show what it would do")

    expect(page.locator("#trial")).to_contain_text("It would run.")
    expect(page.locator("#trial")).to_contain_text("eco: Oi!")
    assert "secret-of-the-instance" not in page.content()


def test_what_happens_is_seen_without_reloading(visitor: Visitor) -> None:
    if not visitor.has_script:
        return  # there is nothing to see without looking again
    visitor.becomes_admin()
    hook_url = visitor.makes_trigger("Echo")
    page = visitor.go("/")
    expect(page.locator("main")).to_contain_text("All is well")
    page.evaluate("window.isTheSamePage = true")

    visitor.fails(hook_url, PHONE)

    expect(page.locator("main")).to_contain_text("1 dead letter waits")
    assert page.evaluate("window.isTheSamePage") is True


def test_the_answer_of_the_stream_is_small(visitor: Visitor) -> None:
    """It says only that something changed: what, each page asks with its own right."""
    if not visitor.has_script:
        return
    visitor.becomes_admin()
    hook_url = visitor.makes_trigger("Echo")
    page = visitor.go("/")
    page.evaluate(
        """() => new Promise((opened) => {
            const stream = new EventSource("/live");
            window.news = new Promise((told) => {
                stream.addEventListener("changed", (event) => told(event.data));
            });
            stream.addEventListener("open", () => opened());
        })"""
    )

    visitor.fails(hook_url, PHONE)

    assert wire.decode(page.evaluate("window.news")) == {}


def test_a_page_whose_stream_was_refused_looks_again_by_itself(
    visitor: Visitor,
) -> None:
    if not visitor.has_script:
        return  # there is no stream
    visitor.becomes_admin()
    hook = visitor.makes_trigger("Confirmations")
    visitor.page.clock.install()
    visitor.page.add_init_script(NOTE_REFUSALS)
    visitor.page.route("**/live", lambda route: route.fulfill(status=503))
    visitor.go("/executions")
    visitor.page.evaluate("window.refused.then(() => true)")
    visitor.page.unroute("**/live")

    visitor.fails(hook, "5511977776666")
    visitor.page.clock.fast_forward(31_000)

    visitor.sees("+5511977776666")


def test_an_open_page_does_not_outlive_its_session(visitor: Visitor) -> None:
    if not visitor.has_script:
        return  # every page is asked for, and so led to the sign-in
    visitor.becomes_admin()
    hook = visitor.makes_trigger("Confirmations")
    visitor.go("/executions")
    visitor.context.clear_cookies()

    visitor.fails(hook, "5511977776666")

    expect(visitor.page).to_have_url(re.compile(r"/login\?next=%2Fexecutions$"))
