"""What the routes about labels answer."""

from dataclasses import dataclass
from typing import Any, Self

from recado.evolution.replies.fields import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label of a business account, as the server has seen it.

    ``label_id`` is what the label routes want; ``color`` is a number as text.
    """

    label_id: str
    name: str
    color: str
    predefined_id: str

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Return one entry of the route's list."""
        return cls(
            label_id=text(told, "label_id"),
            name=text(told, "label_name"),
            color=_plain(told.get("label_color")),
            predefined_id=_plain(told.get("predefined_id")),
        )


def _plain(value: object) -> str:
    return "" if value is None else str(value)
