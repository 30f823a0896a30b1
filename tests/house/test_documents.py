"""The documents say what the code says."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from docs import generate
from recado.cli.group import recado
from recado.evolution.options import Options
from recado.intake.sources.registry import SOURCES
from recado.model.category import Category
from recado.model.status import Status
from recado.model.trigger import ActionType
from recado.observe import signals
from recado.observe.signals import Name
from recado.settings_table import CLIENT_SETTINGS, SETTINGS
from recado.web.api.settings_input import SettingsInput, SignatureInput
from recado.web.api.trigger_input import TriggerInput
from tests.helpers.repository import ROOT, SOURCE, documents, headings, links

REFERENCE = ROOT / "docs" / "reference"
GENERATED = generate.documents()
CODE = re.compile(r'(?:_refusal\(\s*\d+, |error_answer\(\s*\d+, |"error": )"(\w+)"')
IN_TABLE = re.compile(r': \((?:\d+, )?"(\w+)"')


@pytest.mark.parametrize("page", GENERATED, ids=str)
def test_what_is_generated_is_up_to_date(page: Path) -> None:
    written = (ROOT / page).read_text("utf-8")

    assert written == GENERATED[page], "run: python docs/generate.py"


def test_every_setting_is_documented() -> None:
    names = [one.name for one in (*SETTINGS, *CLIENT_SETTINGS)]

    assert _missing("settings.md", names) == []
    assert [name for name in names if name not in _page("../../README.md")] == [
        one.name for one in CLIENT_SETTINGS
    ]


def test_every_option_of_the_client_is_documented() -> None:
    assert _missing("client.md", Options.__annotations__) == []


def test_every_signal_is_documented() -> None:
    drawn = re.findall(r"^\| (\w+) \|", signals.__doc__ or "", re.MULTILINE)[1:]

    assert drawn == list(Name)
    assert _missing("signals.md", Name) == []


def test_every_status_and_category_is_documented() -> None:
    states = (ROOT / "docs" / "states.md").read_text("utf-8")

    assert [status for status in Status if f"| `{status}` |" not in states] == []
    assert _missing("errors.md", Category) == []


def test_every_error_code_is_documented() -> None:
    table = (SOURCE / "web" / "errors.py").read_text("utf-8")
    codes = set(IN_TABLE.findall(table))
    for path in (SOURCE / "web").rglob("*.py"):
        codes |= set(CODE.findall(path.read_text("utf-8")))

    assert {"invalid", "unproven", "disabled", "not_ready", "internal"} <= codes
    assert _missing("errors.md", sorted(codes)) == []


def test_every_command_is_documented() -> None:
    names = [" ".join(path) for path, _ in generate.every_command(recado, ("recado",))]

    assert len(names) > 20
    assert [name for name in names if f"`{name}" not in _page("cli.md")] == []


def test_every_field_of_a_trigger_is_documented() -> None:
    assert _missing("trigger.md", TriggerInput.model_fields) == []
    assert _missing("trigger.md", SettingsInput.model_fields) == []
    assert _missing("trigger.md", [*SOURCES, *ActionType]) == []


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_says_how_to_set_it_up_and_what_it_reads(name: str) -> None:
    section = _page("sources.md").split(f"\n## {name}\n")[1].split("\n## ")[0]

    for part in ("Set up", "Proof", "Identity", "Order"):
        assert f"* **{part}:**" in section
    assert [one for one in SOURCES[name].headers if f"`{one}`" not in section] == []


def test_every_field_of_a_signature_is_documented() -> None:
    assert _missing("sources.md", SignatureInput.model_fields) == []


def test_the_documented_defaults_of_a_trigger_are_the_real_ones() -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", _page("trigger.md"), re.MULTILINE)
    )
    numbers = {
        name: float(rows[name])
        for name, field in SettingsInput.model_fields.items()
        if isinstance(field.default, float | int) and rows[name] != "`false`"
    }

    assert numbers == {
        name: SettingsInput.model_fields[name].default for name in numbers
    }
    assert len(numbers) == 6


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        name
        for page in documents()
        for name in re.findall(r"[`\n] ?(?:\$ )?make (\w+)", page.read_text("utf-8"))
    }

    assert {"run", "test", "demo"} <= named
    assert named - targets == set()


def test_every_link_leads_somewhere() -> None:
    broken = []
    for page in documents():
        for link in links(page):
            path, _, part = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if link.startswith("https://"):
                continue
            if not target.exists() or (part and part not in _anchors(target)):
                broken.append(f"{page.name}: {link}")

    assert broken == []


def _anchors(page: object) -> set[str]:
    [found] = [each for each in documents() if each == page]
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings(found))
    return {each.replace(" ", "-") for each in words}


def _missing(page: str, names: Iterable[str]) -> list[str]:
    text = _page(page)
    return [name for name in names if f"`{name}`" not in text]


def _page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")
