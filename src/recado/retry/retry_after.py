"""The ``Retry-After`` header, in its spellings, to seconds."""

import math
import re
from datetime import UTC, datetime

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905 -- reads as a calendar

# Read by hand: strptime depends on the locale, and the email package costs a command
# line more start-up time than everything else here.
_HTTP_DATE = re.compile(
    r"[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT"
)
_NUMBER = re.compile(r"\d+(?:\.\d*)?")


def seconds_asked(header: str | None, *, now: datetime) -> float:
    """Return how many seconds the server asks to wait; 0.0 if it does not.

    Understands whole seconds (``120``), a fraction (``1.5``, which some proxies
    send) and an HTTP date (``Wed, 21 Oct 2026 07:28:00 GMT``; a past one is 0.0).
    Nonsense is 0.0. Never negative, never infinite. ``now`` is aware.
    """
    text = (header or "").strip()
    if _NUMBER.fullmatch(text):
        seconds = float(text)
        return seconds if math.isfinite(seconds) else 0.0
    moment = _find_moment(text)
    return 0.0 if moment is None else max(0.0, (moment - now).total_seconds())


def _find_moment(text: str) -> datetime | None:
    parts = _HTTP_DATE.fullmatch(text)
    if parts is None or parts[2] not in _MONTHS:
        return None
    day, month, year = int(parts[1]), _MONTHS.index(parts[2]) + 1, int(parts[3])
    hour, minute, second = (int(parts[at]) for at in (4, 5, 6))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # 31 Feb and its like
        return None
