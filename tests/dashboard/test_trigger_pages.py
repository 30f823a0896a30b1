"""Triggers from the form: made, tried, changed, paused, rotated, deleted."""

import hashlib
import hmac
import re

import pytest

from recado import wire
from recado.access.roles import Role
from recado.observe.signals import Name
from recado.web.dashboard.trials import EXAMPLE
from tests.helpers.api import Api
from tests.helpers.browser import Browser, a_user

FORM = {
    "name": "Eco",
    "source": "evolution_go",
    "event_types": "Message",
    "action_type": "whatsapp",
    "whatsapp.number": "{{ event.chat }}",
    "whatsapp.text": "eco: {{ event.text }}",
    "settings.instance.url": "http://127.0.0.1:9",
    "settings.instance.token": "instance-secret",
    "settings.max_attempts": "3",
    "settings.ordering": "",
    "enabled": "yes",
}


@pytest.fixture
async def operator(api: Api, browser: Browser) -> Browser:
    await a_user(api.server, Role.OPERATOR)
    await browser.sign_in("operator")
    return browser


async def stored(api: Api, trigger_id: int = 1) -> dict[str, object]:
    found: dict[str, object] = await api.get(f"/api/triggers/{trigger_id}")
    return found


async def make(browser: Browser, **changes: str) -> str:
    """Make a trigger from the form; returns the text of the answer."""
    await browser.get("/triggers/new")
    return (await browser.post("/triggers", **(FORM | changes))).text


async def test_the_form_makes_what_the_api_would(api: Api, operator: Browser) -> None:
    await make(operator)

    trigger = await stored(api)

    assert trigger["name"] == "Eco"
    assert trigger["event_filter"] == {"event_type": "Message"}
    assert trigger["action_payload"] == {
        "number": "{{ event.chat }}",
        "text": "eco: {{ event.text }}",
    }
    settings = trigger["settings"]
    assert isinstance(settings, dict)
    assert settings["max_attempts"] == 3
    assert settings["instance"] == {"url": "http://127.0.0.1:9", "has_token": True}
    assert settings["ordering"] == "key"


async def test_the_secret_is_shown_once(api: Api, operator: Browser) -> None:
    answer = await make(operator)
    [secret] = re.findall(r"whsec_[\w+/=]+", answer)

    for path in ("/triggers/1", "/triggers/1/edit", "/triggers", "/"):
        assert secret not in (await operator.get(path)).text
    assert "instance/connect" in answer
    assert "instance-secret" not in answer


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": ""}, "name", "must not be empty"),
        ({"source": "pigeon"}, "source", "must be one of"),
        ({"event_filter": "{"}, "event_filter", "is not JSON"),
        ({"settings.max_attempts": "many"}, "settings.max_attempts", "whole number"),
        ({"settings.timeout": "-1"}, "settings.timeout", "must be at least 0.1"),
        ({"settings.instance.url": ""}, "settings.instance.url", "must be an address"),
        ({"settings.instance.token": ""}, "settings.instance.token", "is required"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    api: Api, operator: Browser, changes: dict[str, str], field: str, words: str
) -> None:
    await operator.get("/triggers/new")
    answer = await operator.post("/triggers", **(FORM | changes))

    _, _, after = answer.text.partition(f'id="error-{field}"')
    assert answer.status == 400
    assert words in after[:500]
    assert "instance-secret" not in answer.text
    assert (await api.get("/api/triggers"))["total"] == 0


async def test_a_brazilian_is_told_in_portuguese(operator: Browser) -> None:
    await operator.get("/triggers/new")

    answer = await operator.send(
        "POST",
        "/triggers",
        fields=FORM | {"csrf": operator.csrf, "name": "", "settings.timeout": "x"},
        headers={"accept-language": "pt-BR"},
    )

    assert answer.status == 400
    assert "não pode ficar vazio" in answer.words
    assert "precisa ser um número" in answer.words


async def test_a_form_can_be_tried_before_it_is_saved(
    api: Api, operator: Browser
) -> None:
    text = await make(operator, intent="try", payload=EXAMPLE)

    assert "It would run." in text
    assert "eco: Oi!" in text
    assert (await api.get("/api/triggers"))["total"] == 0


async def test_a_payload_that_is_filtered_says_why(api: Api, operator: Browser) -> None:
    text = await make(operator, intent="try", payload='{"event": "Receipt"}')

    assert "It would not run." in text
    assert "Receipt" in text


async def test_an_edit_keeps_the_tokens_and_what_the_form_does_not_show(
    api: Api, operator: Browser
) -> None:
    await make(operator, **{"settings.instance_token": "of-the-body"})
    page = await operator.get("/triggers/1/edit")

    changed = FORM | {"name": "Echo", "settings.instance.token": ""}
    await operator.submit("/triggers/1", **changed)

    trigger = await stored(api)
    settings = trigger["settings"]
    assert isinstance(settings, dict)
    assert trigger["name"] == "Echo"
    assert settings["instance"] == {"url": "http://127.0.0.1:9", "has_token": True}
    assert settings["instance_token"] is True
    assert "of-the-body" not in page.text
    assert 'value="Eco"' in page.text


async def test_a_stored_token_can_be_forgotten(api: Api, operator: Browser) -> None:
    await make(operator, **{"settings.instance_token": "of-the-body"})
    await operator.get("/triggers/1/edit")

    forget = FORM | {"settings.instance.token": "", "forget.instance_token": "yes"}
    await operator.submit("/triggers/1", **forget)

    settings = (await stored(api))["settings"]
    assert isinstance(settings, dict)
    assert settings["instance_token"] is None


async def test_every_kind_of_action_comes_back_to_its_form(
    api: Api, operator: Browser
) -> None:
    http = {"url": "https://x.example/?token=t0p", "headers": {"X-Key": "abc"}}
    for action, payload in (
        ("http", http | {"body": {"a": "{{ event.text }}"}}),
        ("http", "https://y.example/"),
        ("script", "reply.py"),
        ("prompt", "Answer it"),
    ):
        trigger = await api.a_trigger(action_type=action, action_payload=payload)

        page = await operator.get(f"/triggers/{trigger['id']}/edit")

        assert page.status == 200
        assert "t0p" not in page.text


async def test_the_order_is_said_in_words(api: Api, operator: Browser) -> None:
    await api.a_trigger(settings={"ordering": "key"})

    page = await operator.get("/triggers/1")

    assert "Order in order, by key" in page.words


async def test_a_trigger_is_paused_and_enabled(api: Api, operator: Browser) -> None:
    await api.a_trigger(
        action_type="http", action_payload={"url": "https://x.example/?token=t0p"}
    )
    await operator.get("/triggers/1")

    paused = await operator.submit("/triggers/1/enabled", enabled="no")
    before = (await stored(api))["enabled"]
    enabled = await operator.submit("/triggers/1/enabled", enabled="yes")

    assert "The trigger is paused." in paused.words
    assert before is False
    assert "The trigger is enabled" in enabled.words
    assert (await stored(api))["enabled"] is True


async def test_a_test_runs_for_real_when_asked(api: Api, operator: Browser) -> None:
    await api.a_trigger()
    page = await operator.get("/triggers/1/tests")

    tried = await operator.post("/triggers/1/tests", intent="try", payload=EXAMPLE)
    none = (await api.get("/api/executions"))["executions"]
    ran = await operator.submit("/triggers/1/tests", intent="run", payload=EXAMPLE)
    await api.happenings.until(Name.TRIGGER_EXECUTE)

    assert "3EB0C431C26A1D5E2A7F" in page.text
    assert "It would run." in tried.text
    assert none == []
    assert "Execution 1" in ran.words


@pytest.mark.parametrize("payload", ["{", "[]", '"x"'])
async def test_a_payload_that_is_no_object_is_refused(
    api: Api, operator: Browser, payload: str
) -> None:
    await api.a_trigger()
    await operator.get("/triggers/1/tests")

    answer = await operator.post("/triggers/1/tests", intent="run", payload=payload)

    assert answer.status == 400
    assert 'id="error-payload"' in answer.text


async def test_a_secret_is_rotated_with_an_overlap(api: Api, admin: Browser) -> None:
    before = (await api.a_trigger())["secret"]
    await admin.get("/triggers/1")

    answer = await admin.post("/triggers/1/secrets", overlap_hours="2", secret="")
    page = await admin.get("/triggers/1")

    [secret] = set(re.findall(r"whsec_[\w+/=]+", answer.text))
    assert secret != before
    assert "2 secrets are valid" in page.words
    assert secret not in page.text


async def test_an_overlap_that_is_none_changes_nothing(
    api: Api, admin: Browser
) -> None:
    await api.a_trigger()
    await admin.get("/triggers/1")

    page = await admin.submit("/triggers/1/secrets", overlap_hours="soon")

    assert "Nothing was changed" in page.words
    assert "One secret is valid" in page.words


async def test_a_refused_rotation_names_the_field_in_the_language_of_the_reader(
    api: Api, admin: Browser
) -> None:
    await api.a_trigger()
    await admin.get("/triggers/1")
    admin.cookies["recado_language"] = "pt-BR"

    page = await admin.submit("/triggers/1/secrets", overlap_hours="9000")

    expected = "Horas em que o antigo continua válido: precisa ser no máximo 8760."
    assert expected in page.words


async def test_a_deleted_trigger_is_gone_and_its_executions_stay(
    api: Api, admin: Browser
) -> None:
    trigger = await api.a_trigger()
    await api.deliver(trigger)
    await admin.get("/triggers/1")

    page = await admin.submit("/triggers/1/deletions")
    gone = await admin.get("/triggers/1")
    execution = await admin.get("/executions/1")

    assert "The trigger is deleted." in page.words
    assert gone.status == 404
    assert "deleted trigger 1" in execution.words


async def test_a_viewer_does_not_see_where_to_deliver(
    api: Api, browser: Browser
) -> None:
    trigger = await api.a_trigger()
    await a_user(api.server, Role.VIEWER)
    await browser.sign_in("viewer")

    page = await browser.get("/triggers/1")

    assert page.status == 200
    assert wire.encode(trigger["hook_url"]).decode().strip('"') not in page.text
    assert "/edit" not in page.text


async def test_a_search_finds_by_name_and_sender(api: Api, operator: Browser) -> None:
    await api.a_trigger(name="Cobrança")
    await api.a_trigger(name="Eco", source="custom")

    by_name = await operator.get("/triggers?q=cobran")
    by_source = await operator.get("/triggers?q=CUSTOM")

    assert ("Cobrança" in by_name.words, "Eco" in by_name.words) == (True, False)
    assert ("Cobrança" in by_source.words, "Eco" in by_source.words) == (False, True)


async def test_a_page_that_cannot_be_is_refused(operator: Browser) -> None:
    page = await operator.get(f"/triggers?before={'9' * 5_000}")

    assert page.status == 400


async def test_rejected_deliveries_are_explained(api: Api, operator: Browser) -> None:
    trigger = await api.a_trigger(source="custom")
    await api.call("POST", trigger["webhook_url"], {"a": 1}, role=None)
    await api.happenings.until(Name.TRIGGER_REJECTED)

    page = await operator.get("/triggers/1")

    assert "signature" in page.words.lower()
    assert "127.0.0.1" in page.words


async def test_what_was_rejected_is_verified_again_after_the_repair(
    api: Api, admin: Browser
) -> None:
    trigger = await api.a_trigger(source="custom")
    body = b'{"a": 1}'
    signed = hmac.new(b"the-right-secret", body, hashlib.sha256).hexdigest()
    await api.call(
        "POST",
        trigger["webhook_url"],
        raw=body,
        role=None,
        headers={"X-Webhook-Signature": f"sha256={signed}"},
    )
    await api.happenings.until(Name.TRIGGER_REJECTED)
    before = await admin.get("/triggers/1")
    await admin.post("/triggers/1/secrets", secret="the-right-secret")

    after = await admin.submit("/triggers/1/quarantine/retries")

    assert "in quarantine" in before.words
    assert "Verified again: 1 accepted" in after.words
    assert "in quarantine" not in after.words
