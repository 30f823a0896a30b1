"""Read what stands under a name; whatever else stands there counts as nothing."""

from datetime import UTC, datetime
from typing import Any

_UNSET_YEAR = 1


def number_at(part: dict[str, Any], name: str) -> int:
    """Return the whole number under a name, 0 where there is none."""
    value = part.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def flag_at(part: dict[str, Any], name: str) -> bool:
    """Return whether ``true`` stands under a name."""
    return part.get(name) is True


def texts_at(part: dict[str, Any], name: str) -> tuple[str, ...]:
    """Return the texts in the list under a name, in order."""
    value = part.get(name)
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, str))


def moment_at(part: dict[str, Any], name: str) -> datetime | None:
    """Return the aware moment under a name, in UTC; Go's zero time is none."""
    value = part.get(name)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.year == _UNSET_YEAR:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
