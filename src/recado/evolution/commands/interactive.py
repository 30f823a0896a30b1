"""The calls that send buttons and lists.

The gateway lets nobody name them, so they are tried again only when it is certain that
nothing was sent. It ignores mentions in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from recado.evolution.commands.base import Timing, needed, without_none
from recado.evolution.commands.sending import Send

ButtonType = Literal["reply", "copy", "url", "call", "pix"]
KeyType = Literal["phone", "email", "cpf", "cnpj", "random"]

_NEEDS: dict[str, tuple[str, ...]] = {
    "reply": ("display_text",),
    "copy": ("display_text", "copy_code"),
    "url": ("display_text", "url"),
    "call": ("display_text", "phone_number"),
    "pix": ("name", "key_type", "key"),
}
_WIRE_NAMES = {
    "type": "type",
    "display_text": "displayText",
    "id": "id",
    "copy_code": "copyCode",
    "url": "url",
    "phone_number": "phoneNumber",
    "currency": "currency",
    "name": "name",
    "key_type": "keyType",
    "key": "key",
}

MOST_REPLIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button; its ``type`` says which fields it needs besides ``display_text``.

    ``copy`` needs copy_code, ``url`` url, ``call`` phone_number; ``pix`` needs name,
    key_type and key, and no display_text. ``id`` comes back when a ``reply`` is
    pressed.
    """

    type: ButtonType
    display_text: str | None = None
    id: str | None = None
    copy_code: str | None = None
    url: str | None = None
    phone_number: str | None = None
    currency: str | None = None
    name: str | None = None
    key_type: KeyType | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        if self.type not in _NEEDS:
            known = ", ".join(_NEEDS)
            raise ValueError(f"a button's type is one of {known}, not {self.type!r}")
        missing = [name for name in _NEEDS[self.type] if not getattr(self, name)]
        if missing:
            raise ValueError(f"a {self.type} button needs {', '.join(missing)}")
        if self.key_type is not None and self.key_type not in get_args(KeyType):
            known = ", ".join(get_args(KeyType))
            raise ValueError(f"key_type is one of {known}, not {self.key_type!r}")
        for name in _WIRE_NAMES:
            _refuse_unescaped(name, getattr(self, name))

    def body(self) -> dict[str, Any]:
        """Return it as the gateway wants it."""
        return without_none(
            {wire: getattr(self, name) for name, wire in _WIRE_NAMES.items()}
        )


def _refuse_unescaped(name: str, value: str | None) -> None:
    # the gateway pastes them into JSON text as they are
    if value and any(mark in '"\\' or not mark.isprintable() for mark in value):
        raise ValueError(
            f"a button's {name} must not hold quotes, backslashes or line breaks: "
            "the gateway does not escape them"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SendButtons(Send):
    """Send a message with up to three reply buttons, or others, or one pix button."""

    path = "/send/button"
    timing = Timing.SEND_ONCE

    title: str
    description: str
    footer: str
    buttons: Sequence[Button]

    def check(self) -> None:
        """See ``Send``."""
        needed(
            title=self.title,
            description=self.description,
            footer=self.footer,
            buttons=self.buttons,
        )
        types = [button.type for button in self.buttons]
        if "pix" in types and len(types) > 1:
            raise ValueError("a pix button must be the only one")
        if "reply" in types and (set(types) > {"reply"} or len(types) > MOST_REPLIES):
            raise ValueError(
                f"there may be {MOST_REPLIES} reply buttons, and no others beside them"
            )

    def content(self) -> dict[str, Any]:
        """See ``Send``."""
        return {
            "title": self.title,
            "description": self.description,
            "footer": self.footer,
            "buttons": [button.body() for button in self.buttons],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One choice of a list; ``row_id`` comes back when it is chosen."""

    title: str
    row_id: str
    description: str = ""

    def __post_init__(self) -> None:
        needed(title=self.title, row_id=self.row_id)

    def body(self) -> dict[str, Any]:
        """Return it as the gateway wants it."""
        return {
            "title": self.title,
            "description": self.description,
            "rowId": self.row_id,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSection:
    """Choices under one heading."""

    title: str
    rows: Sequence[ListRow]

    def __post_init__(self) -> None:
        needed(rows=self.rows)

    def body(self) -> dict[str, Any]:
        """Return it as the gateway wants it."""
        return {"title": self.title, "rows": [row.body() for row in self.rows]}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendList(Send):
    """Send a message with a button that opens a list of choices."""

    path = "/send/list"
    timing = Timing.SEND_ONCE

    title: str
    description: str
    footer_text: str
    button_text: str
    sections: Sequence[ListSection]

    def check(self) -> None:
        """See ``Send``."""
        needed(
            title=self.title,
            description=self.description,
            footer_text=self.footer_text,
            button_text=self.button_text,
            sections=self.sections,
        )

    def content(self) -> dict[str, Any]:
        """See ``Send``."""
        return {
            "title": self.title,
            "description": self.description,
            "footerText": self.footer_text,
            "buttonText": self.button_text,
            "sections": [section.body() for section in self.sections],
        }
