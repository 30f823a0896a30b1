"""Which calls may be plain, and what makes a value so."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from recado.evolution.number import chat_of, phone_of, recipient_of

MAX_DELAY_MS = 60_000
FAST, CONTROL, SESSION, SEND_ONCE = 15.0, 30.0, 90.0, 100.0
SEND, SEND_STICKER, SEND_MEDIA = 130.0, 180.0, 300.0
"""How long to wait for an answer, in seconds."""

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Values = Mapping[str, Any]
Plain = Callable[[Any], Any]
"""Returns what stands in the body.

When the value is not plain it is None, or a ValueError.
"""
Body = Mapping[str, tuple[str, Plain]]
"""Fields, their name in the body (``a.b`` is inside an object), and what is plain."""


class Route(NamedTuple):
    """A call that may be plain: where it goes and what its body holds.

    ``body`` None sends none. ``together`` sees all values first and returns those to go
    on with; None when they are not plain together. ``seconds`` is how long to wait for
    the answer. ``tells`` is what must stand in a success, as names on the way down.
    """

    method: str
    path: str
    body: Body | None = None
    together: Callable[[Values], Values | None] | None = None
    auth: str = "instance"
    seconds: float = SESSION
    enveloped: bool = True
    tells: tuple[str, ...] = ()


def _chats(numbers: list[str]) -> list[str] | None:
    return [chat_of(number) for number in numbers] or None


def _given(value: Any) -> Any:
    return value or None


def _texts(values: list[str]) -> list[str] | None:
    return values if values and all(values) else None


def _line(text: str) -> str | None:
    return text if text and "\n" not in text and "\r" not in text else None


def _delay(value: int) -> int | None:
    return value if 0 <= value <= MAX_DELAY_MS else None


def _address(value: str) -> str | None:
    return value if value.startswith(("http://", "https://")) else None


def _options(value: list[str]) -> list[str] | None:
    plain = len(value) > 1 and _texts(value) and len(set(value)) == len(value)
    return value if plain else None


def _few(value: int) -> int | None:
    return value if 0 <= value <= 2 else None  # noqa: PLR2004 -- a poll has two options at least


def _latitude(degrees: float) -> float | None:
    return degrees if 0 < abs(degrees) <= 90 else None  # noqa: PLR2004 -- degrees of the globe


def _longitude(degrees: float) -> float | None:
    return degrees if 0 < abs(degrees) <= 180 else None  # noqa: PLR2004 -- degrees of the globe


def find_instance(value: str) -> str | None:
    """Return the id of an instance, if it is plain."""
    return value if _UUID.fullmatch(value) else None


def _link_in_text(values: Values) -> Values | None:
    url, text = values.get("url", ""), values.get("text", "")
    if not _address(url) or not text:
        return None
    text = text if url in text else f"{text}\n{url}"
    return {**values, "text": text}


def _without_mentions(values: Values) -> Values | None:
    mentions = "mention_all" in values or "mentioned_jid" in values
    return None if mentions or "url" not in values else values


def _with_place(values: Values) -> Values | None:
    return values if "name" in values and "address" in values else None


def _with_author(values: Values) -> Values | None:
    in_group = chat_of(values["number"]).endswith("@g.us")
    return None if in_group and "participant" not in values else values


def _presence(values: Values) -> Values:
    if values["state"] != "recording":
        return values
    return {**values, "state": "composing", "is_audio": True}


_SENT: Body = {
    "number": ("number", recipient_of),
    "id": ("id", _given),
    "delay": ("delay", _delay),
    "mentioned_jid": ("mentionedJid", _chats),
    "mention_all": ("mentionAll", _given),
}
_IN: Body = {"number": ("number", chat_of)}
_MESSAGE: Body = {"chat": ("chat", chat_of), "message_id": ("messageId", _given)}
_ID: Body = {"id": ("id", _given)}

_SENT_ID = ("data", "Info", "ID")
_NEW_ID = ("data", "messageId")


def _send(
    path: str,
    body: Body,
    together: Callable[[Values], Values | None] | None = None,
    *,
    seconds: float,
) -> Route:
    return Route(
        "POST",
        f"/send/{path}",
        {**_SENT, **body},
        together,
        seconds=seconds,
        tells=_SENT_ID,
    )


def _message(
    path: str,
    body: Body,
    together: Callable[[Values], Values | None] | None = None,
    *,
    seconds: float = SESSION,
    tells: tuple[str, ...] = (),
) -> Route:
    return Route(
        "POST", f"/message/{path}", body, together, seconds=seconds, tells=tells
    )


ROUTES: dict[str, Route] = {
    "send_text": _send("text", {"text": ("text", _given)}, seconds=SEND),
    "send_link": _send(
        "link",
        {
            "url": ("", _given),  # the gateway reads it in the text
            "text": ("text", _given),
            "title": ("title", _given),
            "description": ("description", _given),
            "img_url": ("imgUrl", _given),
        },
        _link_in_text,
        seconds=SEND,
    ),
    "send_media": _send(
        "media",
        {
            "url": ("url", _address),
            "type": ("type", _given),
            "caption": ("caption", _given),
            "filename": ("filename", _given),
        },
        _without_mentions,
        seconds=SEND_MEDIA,
    ),
    "send_poll": _send(
        "poll",
        {
            "question": ("question", _given),
            "options": ("options", _options),
            "max_answer": ("maxAnswer", _few),
        },
        seconds=SEND,
    ),
    "send_sticker": _send(
        "sticker", {"sticker": ("sticker", _address)}, seconds=SEND_STICKER
    ),
    "send_location": _send(
        "location",
        {
            "latitude": ("latitude", _latitude),
            "longitude": ("longitude", _longitude),
            "name": ("name", _given),
            "address": ("address", _given),
        },
        _with_place,
        seconds=SEND_ONCE,
    ),
    "send_contact": _send(
        "contact",
        {
            "full_name": ("vcard.fullName", _line),
            "phone": ("vcard.phone", phone_of),
            "organization": ("vcard.organization", _line),
        },
        seconds=SEND_ONCE,
    ),
    "react": _message(
        "react",
        {
            **_IN,
            **_ID,
            "reaction": ("reaction", _given),
            "from_me": ("fromMe", _given),
            "participant": ("participant", chat_of),
        },
        _with_author,
        seconds=SEND_ONCE,
        tells=_SENT_ID,
    ),
    "edit_message": _message(
        "edit",
        {**_MESSAGE, "message": ("message", _given)},
        seconds=SEND_ONCE,
        tells=_NEW_ID,
    ),
    "delete_message": _message("delete", _MESSAGE, seconds=SEND_ONCE, tells=_NEW_ID),
    "mark_read": _message("markread", {**_IN, "ids": ("id", _texts)}),
    "message_status": _message("status", _ID, tells=("data", "timestamp")),
    "set_presence": _message(
        "presence",
        {**_IN, "state": ("state", _given), "is_audio": ("isAudio", _given)},
        _presence,
    ),
    "pair": Route(
        "POST",
        "/instance/pair",
        {"phone": ("phone", phone_of)},
        tells=("data", "PairingCode"),
    ),
    "instances": Route("GET", "/instance/all", auth="admin", seconds=FAST),
    "status": Route(
        "GET", "/instance/status", seconds=10.0, tells=("data", "Connected")
    ),
    "disconnect": Route("POST", "/instance/disconnect", seconds=CONTROL),
    "reconnect": Route("POST", "/instance/reconnect", seconds=CONTROL),
    "logout": Route("DELETE", "/instance/logout"),
    "contacts": Route("GET", "/user/contacts"),
    "privacy": Route("GET", "/user/privacy"),
    "blocklist": Route("GET", "/user/blocklist"),
    "list_groups": Route("GET", "/group/list"),
    "list_newsletters": Route("GET", "/newsletter/list"),
    "list_labels": Route("GET", "/label/list", enveloped=False),
    "server_ok": Route("GET", "/server/ok", auth="none", seconds=FAST, enveloped=False),
    **{
        name: Route(method, f"{path}/:id", auth="admin", seconds=FAST)
        for name, method, path in (
            ("instance_info", "GET", "/instance/info"),
            ("delete_instance", "DELETE", "/instance/delete"),
            ("delete_proxy", "DELETE", "/instance/proxy"),
        )
    },
}
