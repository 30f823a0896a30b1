"""Payloads that come back as they were shown: masks become what they stand for."""

from collections.abc import Iterator
from typing import Any

from recado.errors import Problem
from recado.model.redact import MASK, masked_payload

_LEFT = f"holds {MASK}, which stands for what is not shown: give the value itself"


def unmasked(payload: Any, before: Any) -> Any:
    """Return a payload with what answers mask put back, if its address is the same.

    Else whoever may edit could have a secret sent to a server of their own.
    """
    shown = masked_payload(before)
    if _address(payload) not in (_address(before), _address(shown)):
        return payload
    return _put_back(payload, before, shown)


def mask_problems(payload: Any) -> list[Problem]:
    """Return where a payload holds a mask that stands for nothing."""
    return [
        Problem(".".join(("action_payload", *place)), _LEFT)
        for place in _masks(payload)
    ]


def _address(payload: Any) -> Any:
    return payload.get("url") if isinstance(payload, dict) else None


def _put_back(value: Any, before: Any, shown: Any) -> Any:
    if value == shown:
        return before
    if isinstance(value, dict) and isinstance(before, dict):
        return {
            name: _put_back(item, before[name], shown[name]) if name in before else item
            for name, item in value.items()
        }
    if isinstance(value, list) and isinstance(before, list):
        # Only what was not changed, and at its place: an item that moved must not get
        # the secret of another.
        kept = [
            old if new == seen else new
            for new, old, seen in zip(value, before, shown, strict=False)
        ]
        return kept + value[len(kept) :]
    return value


def _masks(value: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(value, str) and MASK in value:
        yield ()
    children: Any = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for name, item in children:
        for place in _masks(item):
            yield (str(name), *place)
