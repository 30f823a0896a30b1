"""The one JSON document that a command writes to stdout."""

import json
import sys
from typing import Any, NamedTuple

DONE, FAILED, WRONG_USAGE = 0, 1, 2
"""Exit statuses."""

MASK = "[redacted]"

HIDDEN = frozenset({"token", "proxy", "qrcode"})
"""What of an instance lets others in: its key, its proxy's password, its code."""

HIDING = frozenset({"instances", "create_instance", "instance_info"})
"""The commands whose answers tell of instances."""


UNSURE = "It may have taken effect all the same. Look before you run it again."
SAME_ID = (
    "It may be out all the same. Run it again with --id {id}: the phone shows one id "
    "once."
)


class Ended(NamedTuple):
    """How a command ended: the document for stdout, and the exit status."""

    document: Any
    status: int


def write(document: object) -> None:
    """Write the document as indented JSON in UTF-8, whatever the terminal's charset."""
    sys.stdout.flush()
    sys.stdout.buffer.write(encoded(document))
    sys.stdout.buffer.flush()


def encoded(document: object) -> bytes:
    """Return the document as it is written."""
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    # half of a character, as a broken argument may hold it, has no place in UTF-8
    return text.encode(errors="replace") + b"\n"


def as_shown(name: str, answer: Any) -> Any:
    """Return what a command shows of an answer."""
    return _masked(answer) if name in HIDING else answer


def _masked(answer: Any) -> Any:
    if isinstance(answer, list):
        return [_masked(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: MASK if value and name in HIDDEN else _masked(value)
        for name, value in answer.items()
    }
