"""The sends of texts, links, polls, places and contacts."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from recado.simulator.answer import Answer
from recado.simulator.body import Body
from recado.simulator.fields import (
    Field,
    Fields,
    Kind,
    flag,
    inside,
    number,
    text,
    texts,
    whole,
)
from recado.simulator.number_checks import number_and_card, number_unless_as_is
from recado.simulator.route import Route
from recado.simulator.sending import Content, Draft, sends

NUMBER = text("number", "phone number is required")
ID = text("id")
OPTIONS = (
    whole("delay", kind=Kind.INT32),
    texts("mentionedJid"),
    flag("mentionAll"),
    flag("formatJid"),
    inside("quoted", "QuotedStruct", text("messageId"), text("participant")),
)
"""What every send can be told besides its content."""

_URL = re.compile(r"https?://\S+")


def send_body(struct: str, *fields: Field, named: bool = True) -> Body:
    """Return the body of a send; one that is not ``named`` takes no id."""
    return Body(
        struct=struct,
        fields=Fields(NUMBER, *fields, *((ID,) if named else ()), *OPTIONS),
        check=number_unless_as_is,
    )


def send_text(draft: Draft) -> Content:
    """``POST /send/text``."""
    body = {"text": draft.text("text"), "contextInfo": draft.context}
    return Content(
        kind="text",
        type="ExtendedTextMessage",
        message={"extendedTextMessage": body},
        text=draft.text("text"),
    )


def send_link(draft: Draft) -> Content:
    """``POST /send/link``: only an address inside the text becomes a preview.

    The page is not fetched, so that title and description stay as they were given.
    """
    words = draft.text("text")
    found = _URL.search(words)
    body: dict[str, Any] = {"text": words}
    if found is not None:
        body |= {
            "matchedText": found[0],
            "description": draft.text("description"),
            "title": draft.text("title"),
        }
    body["contextInfo"] = draft.context
    return Content(
        kind="link",
        type="ExtendedTextMessage",
        message={"extendedTextMessage": body},
        text=words,
    )


def send_poll(draft: Draft) -> Content:
    """``POST /send/poll``: a number of answers that cannot be means any number."""
    options: list[str] = draft.call.values["options"]
    most = draft.call.values.get("maxAnswer", 0)
    question = draft.text("question")
    secret = sha256(f"{draft.chat}:{question}".encode()).digest()
    return Content(
        kind="poll",
        type="PollCreationMessage",
        message={
            "messageContextInfo": {"messageSecret": b64encode(secret).decode()},
            "pollCreationMessage": {
                "name": question,
                "options": [{"optionName": option} for option in options],
                "selectableOptionsCount": most if 0 < most <= len(options) else 0,
                "contextInfo": draft.context,
            },
        },
        text=question,
    )


def send_location(draft: Draft) -> Content:
    """``POST /send/location``."""
    values = draft.call.values
    body = {
        "degreesLatitude": values["latitude"],
        "degreesLongitude": values["longitude"],
        "name": draft.text("name"),
        "address": draft.text("address"),
        "contextInfo": draft.context,
    }
    return Content(
        kind="location",
        type="LocationMessage",
        message={"locationMessage": body},
        text=draft.text("name"),
    )


def send_contact(draft: Draft) -> Content | Answer:
    """``POST /send/contact``: the card is put together without escaping."""
    card = draft.call.values["vcard"]
    name, phone = card["fullName"], card["phone"]
    digits = "".join(filter(str.isdigit, phone))
    lines = (
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"FN:{name}",
        f"ORG:{card.get('organization', '')};",
        f"TEL;type=CELL;type=VOICE;waid={digits}:{phone}",
        "END:VCARD",
    )
    body = {
        "displayName": name,
        "vcard": "\n".join(lines),
        "contextInfo": draft.context,
    }
    return Content(
        kind="contact",
        type="ContactMessage",
        message={"contactMessage": body},
        text=name,
    )


_BODY_NEEDED = "message body is required"
_CARD = inside(
    "vcard",
    "VCardStruct",
    text("fullName", "contact full name is required"),
    text("phone", "contact phone number is required"),
    text("organization"),
    needed="contact full name is required",
)

ROUTES = (
    Route(
        "POST",
        "/send/text",
        sends(send_text),
        send_body("TextStruct", text("text", _BODY_NEEDED)),
        retries=True,
    ),
    Route(
        "POST",
        "/send/link",
        sends(send_link),
        send_body(
            "LinkStruct",
            text("text", _BODY_NEEDED),
            text("url"),
            text("title"),
            text("description"),
            text("imgUrl"),
        ),
        retries=True,
    ),
    Route(
        "POST",
        "/send/poll",
        sends(send_poll),
        send_body(
            "PollStruct",
            text("question", "question is required"),
            texts("options", "minimum 2 options are required", least=2),
            whole("maxAnswer"),
        ),
        retries=True,
    ),
    Route(
        "POST",
        "/send/location",
        sends(send_location),
        send_body(
            "LocationStruct",
            number("latitude", "latitude is required"),
            number("longitude", "longitude is required"),
            text("name", "name is required"),
            text("address", "address is required"),
        ),
    ),
    Route(
        "POST",
        "/send/contact",
        sends(send_contact),
        Body(
            struct="ContactStruct",
            fields=Fields(NUMBER, _CARD, ID, *OPTIONS),
            check=number_and_card,
        ),
    ),
)
