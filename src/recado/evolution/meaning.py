"""What a failed answer can mean, and what its status alone says."""

from dataclasses import dataclass

from recado.errors import CategoryName

_CLIENT_FAULT, _SERVER_FAULT = 400, 500  # HTTPStatus would be slow to load

NOT_NOW = frozenset({408, 425, 429})
"""Said by proxies: the request was not taken, another time it will be."""

NEEDS_REPAIR = frozenset({401, 403, 404, 407})
"""A wrong key, a proxy in the way, or an address that is not the gateway's."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a failure means: its category, and whether it may have taken effect."""

    category: CategoryName
    may_have_acted: bool = False


PASSES = Meaning("transient")
UNCLEAR = Meaning("transient", may_have_acted=True)
OFFLINE = Meaning("offline")
OFFLINE_UNCLEAR = Meaning("offline", may_have_acted=True)
LASTS = Meaning("permanent")
LASTS_UNCLEAR = Meaning("permanent", may_have_acted=True)
REPAIR = Meaning("config")


@dataclass(frozen=True, slots=True)
class Rule:
    """A text's meaning, on these statuses.

    ``text`` is a pattern for the whole text. It is compiled when the first error asks
    for it, since most programs start, send and end without one.
    """

    meaning: Meaning
    statuses: tuple[int, ...]
    text: str


def rule(
    meaning: Meaning, *texts: str, on: tuple[int, ...] = (500,), after: str = ""
) -> Rule:
    """Make a rule; ``after`` is what may stand before each of the texts."""
    return Rule(meaning, on, f"{after}(?:{'|'.join(texts)})")


def meaning_of_status(status: int) -> Meaning:
    """Return what a status of 300 or above says when no text is known.

    A redirect means that the address is wrong.
    """
    if status >= _SERVER_FAULT:
        return UNCLEAR
    if status in NOT_NOW:
        return PASSES
    wrong_place = status in NEEDS_REPAIR or status < _CLIENT_FAULT
    return REPAIR if wrong_place else LASTS
