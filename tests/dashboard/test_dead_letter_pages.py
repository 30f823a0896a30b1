"""What failed: seen by cause, understood, replayed and discarded."""

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from recado.access.roles import Role
from recado.model.ids import ExecutionId
from recado.model.trigger import ActionType
from recado.observe.signals import Name
from recado.store import audit, executions
from tests.helpers.api import Api
from tests.helpers.browser import Browser, a_user
from tests.helpers.clock import FakeClock


@pytest.fixture
async def operator(api: Api, browser: Browser) -> Browser:
    await a_user(api.server, Role.OPERATOR)
    await browser.sign_in("operator")
    return browser


@pytest.fixture
async def viewer(api: Api, other: Browser) -> AsyncIterator[Browser]:
    await a_user(api.server, Role.VIEWER)
    await other.sign_in("viewer")
    return other  # type: ignore[return-value]  # closed by the fixture it came from


async def dead_letters(api: Api, count: int = 3) -> list[int]:
    """Fail ``count`` events of one trigger; ids, newest first."""
    trigger = await api.a_trigger(action_payload="fail")
    await api.deliver(trigger, times=count)
    page = await api.get("/api/executions")
    return [one["id"] for one in page["executions"]]


async def status_of(api: Api, execution_id: int) -> str:
    found = await api.server.store.read(executions.get, ExecutionId(execution_id))
    return found.status


async def audited(api: Api, action: str) -> list[str]:
    entries = await api.server.store.read(audit.newest, limit=200)
    return [entry.target for entry in entries if entry.action == action]


async def test_dead_letters_are_grouped_by_cause(api: Api, operator: Browser) -> None:
    await dead_letters(api, 3)

    page = await operator.get("/dead-letters")

    assert "the number is wrong \u00d7 3" in page.words
    assert "permanent" in page.words
    assert "Replay all 3" in page.words


async def test_a_group_shows_its_executions(api: Api, operator: Browser) -> None:
    ids = await dead_letters(api, 2)
    found = await api.get("/api/dead-letters")

    group = found["groups"][0]["fingerprint"]
    page = await operator.get(f"/dead-letters/{group}")

    assert [f'href="/executions/{one}"' in page.text for one in ids] == [True, True]
    assert 'name="ids"' in page.text


async def test_a_dead_letter_says_what_why_what_to_do_and_the_button_in_this_order(
    api: Api, operator: Browser
) -> None:
    [one] = await dead_letters(api, 1)

    words = (await operator.get(f"/executions/{one}")).words

    places = [
        words.index(part)
        for part in (
            "What happened",
            "the number is wrong",
            "Why",
            "What to do",
            "Replay …",
            "Timeline",
        )
    ]
    assert places == sorted(places)


async def test_a_replay_is_previewed_and_then_done(api: Api, operator: Browser) -> None:
    [one] = await dead_letters(api, 1)

    preview = await operator.get(f"/executions/{one}/replay")
    before = await status_of(api, one)
    done = await operator.submit(f"/executions/{one}/replays")

    assert "Nothing has happened yet" in preview.words
    assert before == "failed"
    assert await status_of(api, one) == "replayed"
    assert f"Execution {one} was replayed" in done.words
    assert await audited(api, "execution.replay") == [f"execution:{one}"]


async def test_a_double_press_makes_one_replay_and_tells_the_time_left(
    api: Api, operator: Browser, clock: FakeClock
) -> None:
    [one] = await dead_letters(api, 1)
    await operator.get(f"/executions/{one}")
    await operator.submit(f"/executions/{one}/replays")
    clock.advance(timedelta(seconds=12))

    again = await operator.submit(f"/executions/{one}/replays")

    assert "48 s are left" in again.words
    assert "only once in 60 seconds" in again.words
    assert await audited(api, "execution.replay") == [f"execution:{one}"]


async def test_after_a_minute_it_says_that_it_is_no_dead_letter(
    api: Api, operator: Browser, clock: FakeClock
) -> None:
    [one] = await dead_letters(api, 1)
    await operator.get(f"/executions/{one}")
    await operator.submit(f"/executions/{one}/replays")
    clock.advance(timedelta(seconds=61))

    again = await operator.submit(f"/executions/{one}/replays")

    assert "it is replayed now" in again.words


async def test_a_refused_replay_names_the_status_in_the_language_of_the_reader(
    api: Api, operator: Browser
) -> None:
    [one] = await dead_letters(api, 1)
    await operator.get(f"/executions/{one}")
    await operator.submit(f"/executions/{one}/discards")
    operator.cookies["recado_language"] = "pt-BR"

    again = await operator.submit(f"/executions/{one}/replays")

    assert "a situação agora é “descartada”" in again.words


async def test_the_preview_tells_that_the_trigger_was_changed_since(
    api: Api, operator: Browser, clock: FakeClock
) -> None:
    [one] = await dead_letters(api, 1)
    same = await operator.get(f"/executions/{one}/replay")
    clock.advance(timedelta(minutes=1))
    trigger_id = (await api.get("/api/triggers"))["triggers"][0]["id"]
    for change in ({"name": "another"}, {"action_payload": "ok"}):
        await api.call("PATCH", f"/api/triggers/{trigger_id}", change)

    changed = await operator.get(f"/executions/{one}/replay")

    assert "the trigger is the same" in same.words
    assert "The trigger was changed since the last attempt" in changed.words
    assert "action_payload" in changed.words
    assert "<code>name</code>" not in changed.text


async def test_the_preview_tells_that_a_paused_trigger_would_wait(
    api: Api, operator: Browser
) -> None:
    [one] = await dead_letters(api, 1)
    trigger_id = (await api.get("/api/triggers"))["triggers"][0]["id"]
    await api.call("PATCH", f"/api/triggers/{trigger_id}", {"enabled": False})

    page = await operator.get(f"/executions/{one}/replay")

    assert "The trigger is paused" in page.words


async def test_the_preview_says_what_is_wrong_in_the_language_of_the_reader(
    api: Api, operator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    [one] = await dead_letters(api, 1)
    words = "there is no file echo.py in RECADO_SCRIPTS_DIR"
    action = api.server.services.actions[ActionType.SCRIPT]
    monkeypatch.setattr(type(action), "problems", lambda *_: [words])
    operator.cookies["recado_language"] = "pt-BR"

    page = await operator.get(f"/executions/{one}/replay")

    assert "não existe o arquivo echo.py em RECADO_SCRIPTS_DIR" in page.words


async def test_what_waits_for_a_paused_trigger_says_so(
    api: Api, operator: Browser
) -> None:
    [one] = await dead_letters(api, 1)
    await operator.get("/triggers/1")
    await operator.post("/triggers/1/enabled", enabled="no")

    replayed = await operator.post(f"/executions/{one}/replays")
    await api.happenings.until(Name.TRIGGER_HELD)
    page = await operator.get(replayed.location)

    assert "until its trigger is enabled again" in page.words
    assert "trigger:1" not in page.words


async def test_looking_at_an_event_is_written_down(api: Api, operator: Browser) -> None:
    [one] = await dead_letters(api, 1)

    await operator.get(f"/executions/{one}")
    untouched = await audited(api, "payload.view")
    page = await operator.get(f"/executions/{one}/event")

    assert f"execution:{one}" not in untouched
    assert f"execution:{one}" in await audited(api, "payload.view")
    assert "instanceId" in page.words


async def test_a_discard_resolves_without_running(api: Api, operator: Browser) -> None:
    [one] = await dead_letters(api, 1)
    await operator.get(f"/executions/{one}")

    page = await operator.submit(f"/executions/{one}/discards")
    again = await operator.submit(f"/executions/{one}/discards")

    assert "Discarded." in page.words
    assert "it is discarded now" in again.words
    assert await status_of(api, one) == "discarded"


async def test_a_whole_group_is_replayed_after_a_preview(
    api: Api, operator: Browser
) -> None:
    ids = await dead_letters(api, 3)
    group = (await api.get("/api/dead-letters"))["groups"][0]["fingerprint"]

    preview = await operator.get(f"/bulk/new?kind=replay&fingerprint={group}")
    progress = await operator.submit("/bulk", kind="replay", fingerprint=group)
    await api.happenings.until(Name.TRIGGER_REPLAY, times=3)

    assert "Replay 3 dead letters?" in preview.words
    assert "Replay of many" in progress.words
    assert [await status_of(api, one) for one in ids] == ["replayed"] * 3


async def test_only_the_selected_ones_are_discarded(
    api: Api, operator: Browser
) -> None:
    newest, middle, oldest = await dead_letters(api, 3)

    preview = await operator.get(f"/bulk/new?kind=discard&ids={newest}&ids={oldest}")
    await operator.submit("/bulk", kind="discard", ids=str(oldest))
    await api.happenings.until(Name.TRIGGER_DISCARD)

    assert "Discard 2 dead letters?" in preview.words
    assert await status_of(api, newest) == "failed"
    assert await status_of(api, middle) == "failed"
    assert await status_of(api, oldest) == "discarded"


async def test_a_group_of_one_trigger_keeps_to_that_trigger(
    api: Api, operator: Browser
) -> None:
    first = await api.a_trigger(action_payload="fail")
    second = await api.a_trigger(name="Other", action_payload="fail")
    await api.deliver(first, times=1)
    await api.deliver(second, times=2)

    groups = await operator.get(f"/dead-letters?trigger_id={first['id']}")
    [bulk, *_] = re.findall(r'href="(/bulk/new[^"]*)"', groups.text)
    preview = await operator.get(html.unescape(bulk))
    [path, *_] = re.findall(r'href="(/dead-letters/[^"]*)"', groups.text)
    group = await operator.get(html.unescape(path))
    [of_group, *_] = re.findall(r'href="(/bulk/new[^"]*)"', group.text)
    previewed = await operator.get(html.unescape(of_group))

    assert "the number is wrong \u00d7 1" in groups.words
    assert "Replay 1 dead letter?" in preview.words
    assert "the number is wrong \u00d7 1" in group.words
    assert "Replay 1 dead letter?" in previewed.words


async def test_a_group_with_an_address_that_is_wrong_shows_no_other_causes(
    api: Api, operator: Browser
) -> None:
    await dead_letters(api, 1)
    found = await api.get("/api/dead-letters")
    group = found["groups"][0]["fingerprint"]

    page = await operator.get(f"/dead-letters/{group}?cursor=older")

    assert page.status == 400


async def test_nothing_selected_is_nothing_and_not_everything(
    api: Api, operator: Browser
) -> None:
    await dead_letters(api, 2)
    found = await api.get("/api/dead-letters")
    group = await operator.get(f"/dead-letters/{found['groups'][0]['fingerprint']}")
    [form] = re.findall(r'id="selection".*?</form>', group.text, re.DOTALL)
    sent = re.findall(r'<input type="hidden" name="(\w+)" value="(\w*)"', form)

    preview = await operator.get(f"/bulk/new?{urlencode([*sent, ('kind', 'discard')])}")
    refused = await operator.post("/bulk", kind="discard", **dict(sent))

    assert sent == [("ids", "")]
    assert "Nothing to do" in preview.words
    assert "Discard 2" not in preview.words
    assert refused.status == 400


async def test_a_bulk_can_be_paused_and_cancelled(api: Api, operator: Browser) -> None:
    await dead_letters(api, 1)
    await operator.get("/bulk/new?kind=discard")
    page = await operator.post("/bulk", kind="discard")
    path = page.location

    paused = await operator.submit(f"{path}/state", state="paused")
    over = await operator.submit(f"{path}/state", state="cancelled")
    nonsense = await operator.post(f"{path}/state", state="completed")

    assert any(word in paused.words for word in ("paused", "completed"))
    assert any(word in over.words for word in ("cancelled", "completed"))
    assert nonsense.status == 400


@pytest.mark.parametrize(
    "path",
    ["/dead-letters", "/executions/1", "/executions", "/", "/executions/1/event"],
)
async def test_a_viewer_sees_without_buttons(
    api: Api, viewer: Browser, path: str
) -> None:
    await dead_letters(api, 1)

    page = await viewer.get(path)

    assert page.status == 200
    assert "/replay" not in page.text
    assert "/bulk/new" not in page.text
    assert "discards" not in page.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/executions/1/replays", {}),
        ("/executions/1/discards", {}),
        ("/bulk", {"kind": "replay"}),
        ("/bulk/1/state", {"state": "paused"}),
        ("/triggers", {"name": "x"}),
        ("/triggers/1", {"name": "x"}),
        ("/triggers/1/enabled", {"enabled": "no"}),
        ("/triggers/1/tests", {"payload": "{}"}),
        ("/triggers/1/secrets", {}),
        ("/triggers/1/deletions", {}),
    ],
)
async def test_a_viewer_cannot_press(
    api: Api, viewer: Browser, path: str, fields: dict[str, str]
) -> None:
    [one] = await dead_letters(api, 1)
    await viewer.get("/")

    answer = await viewer.post(path, **fields)

    assert answer.status == 403
    assert await status_of(api, one) == "failed"


@pytest.mark.parametrize("path", ["/triggers/1/secrets", "/triggers/1/deletions"])
async def test_an_operator_cannot_do_what_is_for_admins(
    api: Api, operator: Browser, path: str
) -> None:
    await api.a_trigger()
    await operator.get("/")

    assert (await operator.post(path)).status == 403


async def test_a_form_without_the_token_does_nothing(
    api: Api, operator: Browser
) -> None:
    [one] = await dead_letters(api, 1)
    operator.csrf = "0" * 64

    answer = await operator.post(f"/executions/{one}/replays")

    assert answer.status == 403
    assert await status_of(api, one) == "failed"


async def test_a_form_from_elsewhere_does_nothing(api: Api, operator: Browser) -> None:
    [one] = await dead_letters(api, 1)
    await operator.get(f"/executions/{one}")

    answer = await operator.send(
        "POST",
        f"/executions/{one}/replays",
        fields={"csrf": operator.csrf},
        headers={"sec-fetch-site": "cross-site"},
    )

    assert answer.status == 403
    assert await status_of(api, one) == "failed"
