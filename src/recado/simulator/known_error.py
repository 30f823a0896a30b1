"""An error of the gateway as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownError:
    """The text of an error and its statuses, the usual one first."""

    text: str
    statuses: tuple[int, ...] = (500,)
