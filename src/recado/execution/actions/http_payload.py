"""What an ``http`` trigger wants to be sent, filled in from an event."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recado import wire
from recado.errors import UnrenderableError
from recado.execution.actions import template

_FIELDS = ("url", "method", "headers", "body")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_WITHOUT_BODY = ("GET", "HEAD")

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
_OURS = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "idempotency-key",
        "transfer-encoding",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request ready to be signed. Header names are in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def is_template(text: str) -> bool:
    """Tell whether a text changes with the event."""
    return "{{" in text or "{%" in text


def url_of(payload: object) -> str:
    """Return the payload's address, as it is written; "" when there is none."""
    url = payload.get("url") if isinstance(payload, dict) else payload
    return url if isinstance(url, str) else ""


def payload_problems(payload: object) -> list[str]:
    """Return what is wrong with a payload, in words, except for its address."""
    if isinstance(payload, str):
        return template.problems(payload)
    if not isinstance(payload, dict):
        return ["the payload of an http action is a URL or an object with a url"]
    unknown = [
        f"there is no field {name!r}; there are {', '.join(_FIELDS)}"
        for name in payload
        if name not in _FIELDS
    ]
    return [
        *unknown,
        *template.problems(url_of(payload)),
        *_method_problems(payload.get("method")),
        *_header_problems(payload.get("headers")),
        *_body_problems(payload.get("body")),
    ]


def fill_in(payload: str | Mapping[str, Any], event_text: bytes) -> HttpRequest:
    """Return the request for an event; the payload has no problems.

    Raises:
        UnrenderableError: A template asks for what the event does not have, or a
            header would hold what it cannot.
    """
    wanted: Mapping[str, Any] = (
        {"url": payload} if isinstance(payload, str) else payload
    )
    event = wire.decode(event_text)
    method = str(wanted.get("method") or "POST").upper()
    if wanted.get("body") is not None:
        body, content_type = _body(wanted["body"], event)
    elif method in _WITHOUT_BODY:
        body, content_type = b"", ""
    else:
        body, content_type = event_text, "application/json"
    headers = {"content-type": content_type} if content_type else {}
    for name, text in (wanted.get("headers") or {}).items():
        headers[name.lower()] = _header_value(name, template.render(text, event))
    return HttpRequest(
        method=method,
        url=template.render(wanted["url"], event),
        headers=headers,
        body=body,
    )


def _body(wanted: Any, event: Any) -> tuple[bytes, str]:
    if isinstance(wanted, str):
        return template.render(wanted, event).encode(), "text/plain; charset=utf-8"
    return wire.encode(template.render_all(wanted, event)), "application/json"


def _header_value(name: str, value: str) -> str:
    if not _HEADER_VALUE.fullmatch(value):
        raise UnrenderableError(
            f"the header {name} would hold a character that a header cannot"
        )
    return value


def _method_problems(method: object) -> list[str]:
    if method is None or (isinstance(method, str) and method.upper() in _METHODS):
        return []
    return [f"method must be one of {', '.join(_METHODS)}"]


def _header_problems(headers: object) -> list[str]:
    if headers is None:
        return []
    if not isinstance(headers, dict):
        return ["headers must be an object of names and texts"]
    found: list[str] = []
    for name, text in headers.items():
        if not _HEADER_NAME.fullmatch(name) or not isinstance(text, str):
            found.append(f"{name!r} is not a header with a text")
        elif name.lower() in _OURS:
            found.append(f"the header {name} is set by Recado")
        else:
            found += template.problems(text)
    return found


def _body_problems(body: object) -> list[str]:
    if isinstance(body, str):
        return template.problems(body)
    if isinstance(body, list):
        return [problem for item in body for problem in _body_problems(item)]
    if isinstance(body, dict):
        return _body_problems(list(body.values()))
    return []
