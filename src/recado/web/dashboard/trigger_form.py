"""The form of a trigger: its fields to the API's document, and back. Pure.

The document goes through ``web.api.trigger_input``, as the API's does, so there is one
set of rules. A field is named as its place in the document (``settings.timeout``);
those of the action begin with its type (``whatsapp.number``).
"""

from collections.abc import Callable, Mapping
from typing import Any

from recado import wire
from recado.errors import NotJsonError, Problem

NUMBERS = (
    *("max_attempts", "base_delay", "max_delay", "jitter", "timeout"),
    *("concurrency", "dedupe_days", "rate_limit"),
)
PATHS = ("ordering", "idempotency_path", "ordering_path")
TOKENS = ("instance_token", "verify_token")
"""Secrets that are not shown; an empty field keeps what is stored."""

_SETTINGS = frozenset(
    {*NUMBERS, *PATHS, *TOKENS, "instance.url", "instance.token", "allow_private"}
)

Fields = Mapping[str, str]
Documented = tuple[dict[str, Any], list[Problem]]


def document_of(fields: Fields, stored: Mapping[str, Any] | None) -> Documented:
    """Return the document that a form describes, and what cannot be read in it.

    ``stored`` is the document of the trigger that is changed, as the API shows it:
    what the form does not have stays.
    """
    problems: list[Problem] = []
    document: dict[str, Any] = {
        "name": fields.get("name", ""),
        "source": fields.get("source", ""),
        "event_filter": _filter(fields, problems),
        "condition": _text(fields, "condition"),
        "action_type": fields.get("action_type", ""),
        "agent": _text(fields, "agent"),
        "enabled": "enabled" in fields,
        "settings": _settings(fields, stored),
    }
    document["action_payload"] = _payload(fields, problems)
    if stored is None:
        document["secret"] = _text(fields, "secret")
        return document, problems
    return {"type": stored["type"]} | document, problems


def fields_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what a form shows of a trigger's document; tokens stay out of it."""
    event_filter = dict(document["event_filter"])
    fields = {
        "name": document["name"],
        "source": document["source"],
        "event_types": _list_shown(event_filter.pop("event_type", "")),
        "event_filter": _json_shown(event_filter) if event_filter else "",
        "condition": document["condition"] or "",
        "action_type": document["action_type"],
        "agent": document["agent"] or "",
        **_payload_shown(document["action_type"], document["action_payload"]),
        **_settings_fields(document["settings"]),
    }
    if document["enabled"]:
        fields["enabled"] = "yes"
    return fields


NEW_FIELDS: dict[str, str] = {
    "source": "evolution_go",
    "event_types": "Message",
    "action_type": "whatsapp",
    "whatsapp.number": "{{ event.chat }}",
    "http.method": "POST",
    "enabled": "yes",
}
"""What a form for a new trigger begins with."""


_PLACES = {"action_payload": "action_type", "body": "name"}


def field_of(place: str) -> str:
    """Return the field of the form that a problem's place in the document belongs to.

    What is wrong with the action is said beside its type.
    """
    first, _, rest = place.partition(".")
    if first == "settings":
        return f"settings.{rest}" if rest in _SETTINGS else "settings.instance.url"
    return _PLACES.get(first, place if first == "http" else first)


def _filter(fields: Fields, problems: list[Problem]) -> Any:
    wanted = _json(fields, "event_filter", problems) or {}
    types = [one.strip() for one in fields.get("event_types", "").split(",")]
    types = [one for one in types if one]
    if types and isinstance(wanted, dict):
        wanted = {"event_type": types[0] if len(types) == 1 else types, **wanted}
    return wanted


def _payload(fields: Fields, problems: list[Problem]) -> Any:
    make = _PAYLOADS.get(fields.get("action_type", ""))
    return None if make is None else make(fields, problems)


def _whatsapp(fields: Fields, problems: list[Problem]) -> Any:
    del problems
    return {
        "number": fields.get("whatsapp.number", ""),
        "text": fields.get("whatsapp.text", ""),
    }


def _http(fields: Fields, problems: list[Problem]) -> Any:
    headers = _json(fields, "http.headers", problems)
    payload: dict[str, Any] = {"url": fields.get("http.url", "").strip()}
    payload["method"] = fields.get("http.method", "").strip() or "POST"
    if headers is not None:
        payload["headers"] = headers
    body = _text(fields, "http.body")
    if body is not None:
        payload["body"] = _as_json_or_text(body)
    return payload


_PAYLOADS: dict[str, Callable[[Fields, list[Problem]], Any]] = {
    "whatsapp": _whatsapp,
    "http": _http,
    "script": lambda fields, _: fields.get("script.file", "").strip(),
    "prompt": lambda fields, _: fields.get("agent.text", ""),
    "skill": lambda fields, _: fields.get("agent.text", ""),
}


def _payload_shown(action_type: str, payload: Any) -> dict[str, str]:
    match action_type:
        case "whatsapp":
            return {f"whatsapp.{name}": str(payload[name]) for name in payload}
        case "http":
            whole = {"url": payload} if isinstance(payload, str) else payload
            return {
                f"http.{name}": value if isinstance(value, str) else _json_shown(value)
                for name, value in whole.items()
                if value is not None
            }
        case "script":
            return {"script.file": str(payload)}
        case _:
            return {"agent.text": str(payload)}


def _settings(fields: Fields, stored: Mapping[str, Any] | None) -> dict[str, Any]:
    before = {} if stored is None else dict(stored["settings"])
    for name in NUMBERS:
        text = _text(fields, f"settings.{name}")
        if text is not None:
            before[name] = _number(text)
        else:
            before.pop(name, None)
    for name in PATHS:
        before[name] = _text(fields, f"settings.{name}")
    for name in TOKENS:
        given = _text(fields, f"settings.{name}")
        if given is not None:
            before[name] = given
        elif f"forget.{name}" in fields:
            before[name] = None
    before["instance"] = _instance(fields)
    before["allow_private"] = "settings.allow_private" in fields
    return before


def _instance(fields: Fields) -> dict[str, str] | None:
    url = _text(fields, "settings.instance.url")
    token = _text(fields, "settings.instance.token")
    if url is None and token is None:
        return None
    return {"url": url or ""} | ({} if token is None else {"token": token})


def _settings_fields(settings: Mapping[str, Any]) -> dict[str, str]:
    fields = {
        f"settings.{name}": str(settings[name])
        for name in (*NUMBERS, *PATHS)
        if settings.get(name) is not None
    }
    if settings["instance"] is not None:
        fields["settings.instance.url"] = settings["instance"]["url"]
    if settings["allow_private"]:
        fields["settings.allow_private"] = "yes"
    for name in TOKENS:
        if settings.get(name):
            fields[f"has.{name}"] = "yes"
    return fields


def _text(fields: Fields, name: str) -> str | None:
    return fields.get(name, "").strip() or None


def _number(text: str) -> int | float | str:
    """Return a number; a text that is none stays one, for the rules to refuse."""
    for make in (int, float):
        try:
            return make(text.replace(",", "."))
        except ValueError:
            continue
    return text


def _json(fields: Fields, name: str, problems: list[Problem]) -> Any:
    text = _text(fields, name)
    if text is None:
        return None
    try:
        return wire.decode(text)
    except NotJsonError as error:
        problems.append(Problem(name, f"is not JSON: {error}"))
        return None


def _as_json_or_text(text: str) -> Any:
    if not text.startswith(("{", "[")):
        return text
    try:
        return wire.decode(text)
    except NotJsonError:
        return text  # a template of a text, such as {{ event.text }}


def _json_shown(value: Any) -> str:
    return wire.encode_pretty(value).decode()


def _list_shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
