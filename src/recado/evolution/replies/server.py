"""What the routes about the server itself answer."""

from dataclasses import dataclass, field
from typing import Any, Self

from recado.evolution.replies.fields import an_object, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """Whether the server may work: ``status`` is active, inactive or pending.

    ``register_url`` is where to activate it, while it is pending.
    """

    status: str
    register_url: str
    message: str
    raw: dict[str, Any] = field(repr=False)

    @property
    def active(self) -> bool:
        """Whether the server answers on the routes that need a key."""
        return self.status == "active"

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the status that a licence route answers.

        Raises:
            LookupError, TypeError: It answers something else.
        """
        told = an_object(data)
        return cls(
            status=str(told["status"]),
            register_url=text(told, "register_url"),
            message=text(told, "message"),
            raw=told,
        )
