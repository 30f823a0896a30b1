"""Moments, numbers and durations as people read them. Pure."""

from datetime import UTC, datetime, timedelta

from recado.web.dashboard.locales import Words

_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"))
_FIRST_WHOLE = 10
_THOUSAND = 1_000


class Formats:
    """How one language writes things; each method is a filter of the templates."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def moment(self, at: datetime) -> str:
        """Return a moment to the second, in UTC and saying so."""
        return f"{at.astimezone(UTC).strftime(self._words['format.moment'])} UTC"

    def number(self, value: float) -> str:
        """Return a number with its thousands apart; a fraction has two places."""
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
        whole, point, fraction = text.partition(".")
        grouped = whole.replace(",", self._words["format.thousands"])
        return grouped + (self._words["format.decimal"] if point else "") + fraction

    def duration(self, value: timedelta | float) -> str:
        """Return a duration (or seconds) in its two largest units."""
        seconds = value.total_seconds() if isinstance(value, timedelta) else value
        if seconds < 1:
            return f"{round(seconds * _THOUSAND)} ms"
        if seconds < _FIRST_WHOLE:
            text = f"{seconds:.1f}".replace(".", self._words["format.decimal"])
            return f"{text} s"
        return _in_two_units(round(seconds))

    def ago(self, at: datetime, now: datetime) -> str:
        """Return how long ago a moment was; what is still to come is "in …"."""
        passed = (now - at).total_seconds()
        key = "format.ago" if passed >= 0 else "format.ahead"
        seconds = max(1.0, float(round(abs(passed))))
        duration = _in_one_unit(seconds)
        return self._words[key].format_map({"duration": duration})


def _in_one_unit(seconds: float) -> str:
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def _in_two_units(seconds: int) -> str:
    units = [*_STEPS, (1, "s")]
    for place, (size, unit) in enumerate(units):
        if seconds >= size:
            first, rest = divmod(seconds, size)
            text = f"{first} {unit}"
            if place + 1 == len(units):
                return text
            smaller, name = units[place + 1]
            return f"{text} {rest // smaller} {name}" if rest >= smaller else text
    return f"{seconds} s"
