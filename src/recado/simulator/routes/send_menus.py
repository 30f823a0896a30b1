"""The sends of buttons and lists: they take no id, and no webhook tells of them."""

from typing import Any

from recado.simulator.answer import Answer
from recado.simulator.fields import many, text
from recado.simulator.route import Route
from recado.simulator.routes.sends import send_body
from recado.simulator.sending import Content, Draft, sends

_MOST_REPLIES = 3


def send_buttons(draft: Draft) -> Content | Answer:
    """``POST /send/button``: replies keep to themselves, and a payment stands alone."""
    buttons: list[dict[str, Any]] = draft.call.values.get("buttons", [])
    broken = _broken_rule([button.get("type", "") for button in buttons])
    if broken is not None:
        return draft.call.fails_with(broken)
    interactive = {
        "header": {"title": draft.text("title"), "hasMediaAttachment": False},
        "body": {"text": draft.text("description")},
        "footer": {"text": draft.text("footer")},
        "contextInfo": draft.context,
        "nativeFlowMessage": {"buttons": buttons},
    }
    return Content(
        kind="buttons",
        type="ButtonMessage",
        message={"interactiveMessage": interactive},
        text=draft.text("title"),
        announced=False,
    )


def send_list(draft: Draft) -> Content:
    """``POST /send/list``."""
    body = {
        "title": draft.text("title"),
        "description": draft.text("description"),
        "buttonText": draft.text("buttonText"),
        "listType": 1,
        "sections": draft.call.values.get("sections", []),
        "footerText": draft.text("footerText"),
        "contextInfo": draft.context,
    }
    return Content(
        kind="list",
        type="ListMessage",
        message={"listMessage": body},
        text=draft.text("title"),
        announced=False,
    )


def _broken_rule(types: list[str]) -> str | None:
    if types.count("reply") > _MOST_REPLIES:
        return "máximo de 3 botões do tipo 'reply' permitidos"
    if "reply" in types and set(types) != {"reply"}:
        return "botões do tipo 'reply' não podem ser misturados com outros tipos"
    if "pix" in types and len(types) > 1:
        return "botão do tipo 'pix' não pode ser combinado com outros botões"
    return None


_TITLE = text("title", "title is required")
_DESCRIPTION = text("description", "description is required")
_FOOTER_NEEDED = "footer is required"
_BUTTONS = many(
    "buttons",
    "Button",
    *(
        text(name)
        for name in (
            "type",
            "displayText",
            "id",
            "copyCode",
            "url",
            "phoneNumber",
            "currency",
            "name",
            "keyType",
            "key",
        )
    ),
)
_SECTIONS = many(
    "sections",
    "Section",
    text("title"),
    many("rows", "Row", text("title"), text("description"), text("rowId")),
)

ROUTES = (
    Route(
        "POST",
        "/send/button",
        sends(send_buttons),
        send_body(
            "ButtonStruct",
            _TITLE,
            _DESCRIPTION,
            text("footer", _FOOTER_NEEDED),
            _BUTTONS,
            named=False,
        ),
    ),
    Route(
        "POST",
        "/send/list",
        sends(send_list),
        send_body(
            "ListStruct",
            _TITLE,
            _DESCRIPTION,
            text("footerText", _FOOTER_NEEDED),
            text("buttonText", "button text is required"),
            _SECTIONS,
            named=False,
        ),
    ),
)
