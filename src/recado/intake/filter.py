"""Does a trigger want the event?"""

from collections.abc import Mapping
from typing import Any

from recado.intake.fields import ABSENT, as_text, find_value
from recado.intake.whatsapp import FOUND, found
from recado.model.event import Event

_PARSED = frozenset({"event_type", "instance", "chat", "sender", "text"})
"""What parsing found, for sources whose body does not say it (GitHub's event type)."""

_SHOWN = 80  # characters of an event's value in a reason


def wants(event_filter: Mapping[str, Any], event: Event) -> bool:
    """Tell whether all conditions of a filter hold; an empty filter wants all."""
    for key, wanted in event_filter.items():
        if not _matches(wanted, _find(event, key)):
            return False
    return True


def unmatched_field(event_filter: Mapping[str, Any], event: Event) -> str | None:
    """Return the first field whose condition does not hold, None when all do."""
    for key, wanted in event_filter.items():
        if not _matches(wanted, _find(event, key)):
            return key
    return None


def mismatch(event_filter: Mapping[str, Any], event: Event) -> str | None:
    """Return in words why a filter does not want the event, None when it does."""
    key = unmatched_field(event_filter, event)
    if key is None:
        return None
    value = _find(event, key)
    if value is ABSENT:
        return f"the event has no {key}"
    text = as_text(value)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return f'{key} is "{shown}", and the filter wants {_in_words(event_filter[key])}'


def _find(event: Event, key: str) -> Any:
    value = find_value(event.body, key)
    if value is ABSENT:
        value = find_value(event.data, key)
    if value is ABSENT and key in _PARSED:
        value = getattr(event, key) or ABSENT
    if value is ABSENT and key in FOUND:
        answer = found(event, key)
        value = ABSENT if answer is None else answer
    return value


def _matches(wanted: Any, value: Any) -> bool:
    if value is ABSENT:
        return False
    text = as_text(value)
    if isinstance(wanted, list):
        return any(_is_like(as_text(one), text) for one in wanted)
    return _is_like(as_text(wanted), text)


def _is_like(pattern: str, text: str) -> bool:
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    # by hand, because a regular expression with several stars can take for ever on a
    # long text that a stranger wrote
    *middle, last = rest
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return at <= end


def _in_words(wanted: Any) -> str:
    options = wanted if isinstance(wanted, list) else [wanted]
    return " or ".join(f'"{as_text(option)}"' for option in options) or "nothing"


def validate_filter(event_filter: Any) -> list[str]:
    """Return what is wrong with a filter, in words; an empty list when nothing is."""
    if not isinstance(event_filter, dict):
        return ['must be an object, such as {"event": "Message"}']
    problems = []
    for key, wanted in event_filter.items():
        if not isinstance(key, str) or not key.strip("."):
            problems.append("a key is empty; it must name a field of the event")
            continue
        problem = _wrong_value(wanted)
        if problem:
            problems.append(f"{key}: {problem}")
    return problems


def _wrong_value(wanted: Any) -> str | None:
    if isinstance(wanted, dict):
        return (
            "must not be an object; name inner fields with dots, such as "
            '{"data.Info.IsGroup": false}'
        )
    if not isinstance(wanted, list):
        return None
    if not wanted:
        return "is an empty list, which nothing matches; leave the key out to want all"
    if any(isinstance(one, dict | list) for one in wanted):
        return "a list may hold only texts, numbers, true, false and null"
    return None
