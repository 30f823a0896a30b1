"""The sends of files: by address or as a form, and stickers."""

from mimetypes import guess_type
from typing import Any
from urllib.parse import urlsplit

from recado.simulator.answer import CRASHED, Answer, failure
from recado.simulator.bind import Values
from recado.simulator.fields import text
from recado.simulator.form import FormFile, read_form
from recado.simulator.media import described, media_kinds, refusal_of
from recado.simulator.recipient import NEWSLETTER, clean
from recado.simulator.route import Call, Route
from recado.simulator.routes.sends import send_body
from recado.simulator.sending import Content, Draft, send

_NO_TYPE = "media type is required"
_INT32 = range(-(2**31), 2**31)


async def send_media(call: Call) -> Answer:
    """``POST /send/media``, as JSON with an address or as a form with a file."""
    if call.asked.says_form:
        return await _send_form(call)
    return await send(call, _by_address)


def _by_address(draft: Draft) -> Content | Answer:
    values, url = draft.call.values, draft.text("url")
    scheme = urlsplit(url).scheme
    if draft.text("type") not in media_kinds():
        return draft.call.fails("invalid_media_type")
    if scheme not in ("http", "https"):
        return draft.call.fails_with(
            f'Get "{url}": unsupported protocol scheme "{scheme}"'
        )
    named = values.get("mentionAll") or values.get("mentionedJid")
    if draft.text("type") == "document" and draft.text("caption") and named:
        return CRASHED
    guessed = guess_type(urlsplit(url).path)[0] or ""
    return _content(draft, f"the file at {url}".encode(), guessed)


async def _send_form(call: Call) -> Answer:
    form = read_form(call.asked.content_type, call.asked.body)
    values: Values = dict(form.fields) if form else {}
    file = form.files.get("file") if form else None
    refused = _missing(values, file)
    if refused is not None or file is None:
        return failure(400, refused or "file is required")
    values["delay"] = int(values.get("delay") or 0)
    values["number"] = clean(values["number"]) or values["number"]
    values.setdefault("filename", file.name)
    content = file.content

    def build(draft: Draft) -> Content | Answer:
        if draft.text("type") not in media_kinds() - {"ptv"}:
            return draft.call.fails("invalid_media_type")
        complaint = refusal_of(draft.text("type"), content)
        if complaint is not None:
            return draft.call.fails_with(complaint)
        return _content(draft, content, guess_type(file.name)[0] or "")

    return await send(_with(call, values), build)


def _missing(values: Values, file: FormFile | None) -> str | None:
    if not values.get("number"):
        return "phone number is required"
    if not values.get("type"):
        return _NO_TYPE
    if file is None:
        return "file is required"
    return None if _is_delay(values.get("delay", "")) else "invalid delay"


def _is_delay(written: str) -> bool:
    try:
        return not written or int(written) in _INT32
    except ValueError:
        return False


def _with(call: Call, values: Values) -> Call:
    return Call(
        simulation=call.simulation,
        asked=call.asked,
        caller=call.caller,
        values=values,
        params=call.params,
    )


def _content(draft: Draft, file: bytes, guessed: str) -> Content | Answer:
    kind = draft.text("type")
    if kind == "document" and draft.chat.endswith(f"@{NEWSLETTER}"):
        return draft.call.fails("newsletter_document")
    body = described(
        kind,
        file,
        guessed=guessed,
        caption=draft.text("caption"),
        context=draft.context,
    )
    if kind == "document":
        body["fileName"] = draft.text("filename")
    return _kept(draft, kind, body=body, file=file)


def send_sticker(draft: Draft) -> Content | Answer:
    """``POST /send/sticker``: any address that begins with http is believed."""
    url = draft.text("sticker")
    if not url.startswith("http"):
        return draft.call.fails("sticker_not_url")
    file = f"the file at {url}".encode()
    body = described("sticker", file, guessed="", caption="", context=draft.context)
    return _kept(draft, "sticker", body=body, file=file)


def _kept(draft: Draft, kind: str, *, body: dict[str, Any], file: bytes) -> Content:
    draft.call.simulation.keep_file(body["directPath"], file)
    type_name = f"{kind.capitalize()}Message"
    return Content(
        kind=kind,
        type=type_name,
        message={f"{kind}Message": body},
        text=body.get("caption") or body.get("fileName", ""),
        file=file,
    )


async def _sticker(call: Call) -> Answer:
    return await send(call, send_sticker)


ROUTES = (
    Route(
        "POST",
        "/send/media",
        send_media,
        send_body(
            "MediaStruct",
            text("url", "URL is required"),
            text("type", _NO_TYPE),
            text("caption"),
            text("filename"),
        ),
        retries=True,
        forms=True,
    ),
    Route(
        "POST",
        "/send/sticker",
        _sticker,
        send_body("StickerStruct", text("sticker", "sticker is required")),
    ),
)
