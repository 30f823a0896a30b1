"""The nearest ``.env``: where it lies, and what it says."""

import os
import re

NAME = ".env"

# a value in quotes may go over several lines, so the whole text is read at once
_LINE = re.compile(
    r"""^[^\S\n]*(?:export[^\S\n]+)?(?P<name>[A-Za-z_]\w*)[^\S\n]*=[^\S\n]*
    (?: "(?P<double>(?:[^"\\]|\\.)*)"
      | '(?P<single>[^']*)'
      | (?P<bare>[^\n]*)
    )""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"(?:^|\s)#.*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def find_dotenv(folder: str) -> str | None:
    """Return the path of the first ``.env`` in ``folder`` or above it."""
    while True:
        path = os.path.join(folder, NAME)  # noqa: PTH118 -- pathlib takes 5 ms to load
        if os.path.isfile(path):  # noqa: PTH113 -- see above
            return path
        above = os.path.dirname(folder)  # noqa: PTH120 -- see above
        if above == folder:
            return None
        folder = above


def read_dotenv(path: str) -> dict[str, str]:
    r"""Return the names and values of a file in UTF-8.

    Takes ``NAME=value`` with or without ``export``; a value may stand in quotes, and
    without quotes a ``#`` after a blank begins a comment. Double quotes know ``\n``,
    ``\r`` and ``\t``; single quotes keep all as it is. Other lines say nothing.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not UTF-8.
    """
    with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123 -- see above
        return parse_dotenv(file.read())


def parse_dotenv(text: str) -> dict[str, str]:
    """Return what the text of a ``.env`` says; the last of equal names wins."""
    return {found["name"]: _value(found) for found in _LINE.finditer(text)}


def _value(found: re.Match[str]) -> str:
    if found["double"] is not None:
        return _ESCAPE.sub(lambda each: _ESCAPED.get(each[1], each[1]), found["double"])
    if found["single"] is not None:
        return found["single"]
    return _COMMENT.sub("", found["bare"]).strip()
