"""The pages keep their rules: small, escaped, no inline code, two languages."""

import re
import string
import tomllib
from pathlib import Path

import pytest

from recado.settings_table import SETTINGS
from recado.web.dashboard.locales import FOLDER, Language, read_words
from tests.helpers.repository import SOURCE

DASHBOARD = SOURCE / "web" / "dashboard"
TEMPLATES = sorted((DASHBOARD / "templates").rglob("*.html"))
SCRIPTS = sorted((DASHBOARD / "static").glob("*.js"))
FRAMES = {"layout", "gate", "error"}
TEMPLATE_LINES = 80
SCRIPT_LINES = 100
ALL_SCRIPT_LINES = 400

KEY = re.compile(r"""\bt\(\s*["']([\w.-]+)["']""")
FLASHED = re.compile(r"""\bflash\(\s*"([\w.-]+)\"""")
REFUSED = {
    "an inline style": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an inline listener": re.compile(r"\son\w+\s*=(?!=)", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "a style sheet inside": re.compile(r"<style", re.IGNORECASE),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape|Markup"),
    "an address elsewhere": re.compile(r"""(?:src|href|action)=["'](?:https?:)?//"""),
    "a script as an address": re.compile(r"javascript:", re.IGNORECASE),
}


def test_there_are_templates() -> None:
    assert len(TEMPLATES) > 15


@pytest.mark.parametrize("what", REFUSED)
def test_no_template_holds(what: str) -> None:
    found = [path.name for path in TEMPLATES if REFUSED[what].search(text_of(path))]

    assert found == []


def test_what_is_refused_would_be_found() -> None:
    wrong = '<p style="x" onclick="y"><script>z</script><style></style>{{ a|safe }}'
    wrong += '<a href="//elsewhere"><a href="javascript:x">'

    assert [what for what, form in REFUSED.items() if not form.search(wrong)] == []


def test_templates_are_small() -> None:
    assert _long(TEMPLATES, TEMPLATE_LINES) == []


def test_scripts_are_small() -> None:
    lines = sum(len(text_of(path).splitlines()) for path in SCRIPTS)

    assert _long(SCRIPTS, SCRIPT_LINES) == []
    assert lines < ALL_SCRIPT_LINES


def test_every_page_has_its_template_and_every_template_its_page() -> None:
    pages = {
        path.stem: text_of(path)
        for path in (DASHBOARD / "pages").glob("*.py")
        if path.stem != "__init__"
    }
    templates = {path.stem for path in (DASHBOARD / "templates").glob("*.html")}
    shown = {
        name for text in pages.values() for name in re.findall(r'"(\w+)\.html"', text)
    }

    unpaired = {name for name, text in pages.items() if f'"{name}.html"' not in text}
    without_template = {name for name in unpaired if '.html"' in pages[name]}
    assert templates - shown == FRAMES
    assert shown - templates == set()
    assert without_template == set()


def test_every_form_that_changes_something_proves_where_it_is_from() -> None:
    for path in TEMPLATES:
        text = text_of(path)
        forms = re.findall(r'<form[^>]*method="post".*?</form>', text, re.DOTALL)

        for form in forms:
            is_proven = "parts/csrf.html" in form or 'name="csrf"' in form
            assert is_proven, (path.name, form)


def test_every_table_has_a_caption() -> None:
    for path in TEMPLATES:
        text = text_of(path)

        assert text.count("<table") == text.count("<caption"), path.name


def test_the_languages_have_the_same_keys_and_values() -> None:
    [first, *others] = [read_words(language) for language in Language]

    assert len(first) > 50
    for words in others:
        assert set(words) == set(first)
        for key, text in words.items():
            assert _values(text) == _values(first[key]), key


def test_every_text_says_something() -> None:
    for path in FOLDER.glob("*.toml"):
        tomllib.loads(text_of(path))

    for language in Language:
        assert [key for key, text in read_words(language).items() if not text] == []


def test_every_text_that_is_asked_for_exists() -> None:
    words = read_words(Language.ENGLISH)
    sources = [*TEMPLATES, *DASHBOARD.rglob("*.py")]
    asked = {key for path in sources for key in KEY.findall(text_of(path))}
    asked |= {
        f"flash.{key}" for path in sources for key in FLASHED.findall(text_of(path))
    }

    missing = {
        key
        for key in asked
        if key not in words
        and not any(each.startswith(f"{key}.") for each in words)
        and not (key.endswith(".") and any(each.startswith(key) for each in words))
    }
    assert len(asked) > 20
    assert missing == set()


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _long(paths: list[Path], most: int) -> list[str]:
    return [path.name for path in paths if len(text_of(path).splitlines()) > most]


def test_every_setting_is_explained_in_the_reference_s_own_words() -> None:
    words = read_words(Language.ENGLISH)

    assert {one.name: one.help.replace("`", "") for one in SETTINGS} == {
        key.removeprefix("setting."): text
        for key, text in words.items()
        if key.startswith("setting.")
    }
