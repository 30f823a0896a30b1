"""The words of the pages, by language; all of them stand in ``locales/``."""

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "locales"

Words = Mapping[str, str]
"""Texts by their key; the tables of a file are joined by points: ``people.title``."""


class Language(StrEnum):
    """The languages of the pages, as HTML names them. The first is the fallback."""

    ENGLISH = "en"
    PORTUGUESE = "pt-BR"


@cache
def read_words(language: Language) -> Words:
    """Return every text of a language."""
    path = FOLDER / f"{language.replace('-', '_')}.toml"
    return dict(_flat(tomllib.loads(path.read_text("utf-8")), ""))


def _flat(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", str(value)


def choose(cookie: str | None, accepted: str) -> Language:
    """Return the language of a request: the cookie's, else the browser's.

    ``accepted`` is the header ``Accept-Language``, "" when there is none.
    """
    if cookie in list(Language):
        return Language(cookie)
    for wanted in _by_preference(accepted):
        for language in Language:
            if wanted.partition("-")[0] == language.partition("-")[0].lower():
                return language
    return Language.ENGLISH


def _by_preference(accepted: str) -> list[str]:
    weighed = []
    for part in accepted.lower().split(",")[:20]:
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), name))
        except ValueError:
            continue  # a weight that is no number: as if it were not there
    return [name for _, name in sorted(weighed, key=lambda pair: pair[0])]


class Translator:
    """``t`` of the templates: the text under a key, with values filled in."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def __call__(self, key: str, **values: object) -> str:
        """Return a text; with ``count``, the one for one or for several.

        The text is plain: the template escapes it, values and all.

        Raises:
            KeyError: There is no such text, or it names a value that is not given.
        """
        if "count" in values and key not in self._words:
            key = f"{key}.{'one' if values['count'] == 1 else 'other'}"
        text = self._words[key]
        return text.format_map(values) if values else text

    def has(self, key: str) -> bool:
        """Tell whether there is a text under a key."""
        return key in self._words
