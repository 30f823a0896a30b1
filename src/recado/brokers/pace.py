"""How long to wait before a broker, or the database, is tried again."""

FIRST = 0.5
LONGEST = 10.0
"""Seconds; less than a broker waits for an answer about a message."""

_MAX_DOUBLINGS = 10
"""The cap wins before this."""


def pause_after(failures: int, *, draw: float) -> float:
    """Return the seconds to wait after so many failures in a row; the first is 1.

    ``draw`` is a random number in [0, 1): it takes up to half of the wait away, so
    that what failed together does not come back together.
    """
    full = min(LONGEST, FIRST * 2.0 ** min(failures - 1, _MAX_DOUBLINGS))
    return full * (1.0 - 0.5 * draw)
