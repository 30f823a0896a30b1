"""The repository as text, for tests of the house."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "recado"

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NOT_OURS = frozenset({"recado-data", "dist", "htmlcov", "results", "__pycache__"})


def modules() -> list[Path]:
    """Every Python file of the package."""
    return sorted(SOURCE.rglob("*.py"))


def modules_of(*folders: str) -> list[Path]:
    """The modules that lie in these folders of the package themselves."""
    return [
        path
        for folder in folders
        for path in sorted((SOURCE / folder).glob("*.py"))
        if path.name != "__init__.py"
    ]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def documents() -> list[Path]:
    """Every document for people."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def links(document: Path) -> list[str]:
    return _LINK.findall(document.read_text("utf-8"))


def headings(document: Path) -> list[str]:
    """The headings, without what only looks like one inside a block of code."""
    text = re.sub(
        r"^```.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


def files_outside_tests() -> Iterator[Path]:
    """What is in the repository, apart from the tests; needs no git."""
    for top in ROOT.iterdir():
        is_ours = not top.name.startswith(".") and top.name not in _NOT_OURS
        if top.is_file() and (is_ours or top.name == ".importlinter"):
            yield top
        elif top.is_dir() and top.name != "tests" and (is_ours or top.name == ".ci"):
            yield from (
                path
                for path in top.rglob("*")
                if path.is_file() and not _NOT_OURS & set(path.parts)
            )
