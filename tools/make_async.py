# ruff: noqa: INP001 -- a script of the repository, not a package
"""Writes the coroutine methods from the blocking ones: ``python tools/make_async.py``.

``src/recado/evolution/async_methods`` is made whole from ``methods`` beside it, so that
signatures and docstrings exist once. A house test fails while the two differ.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "recado" / "evolution"
_RUFF = Path(sys.executable).with_name("ruff")
BLOCKING, COROUTINES = PACKAGE / "methods", PACKAGE / "async_methods"

_CHANGES = (
    (re.compile(r"^    def ", re.MULTILINE), "    async def "),
    (re.compile(r"return self\.call\("), "return await self.call("),
    (re.compile(r"\b(\w*Methods)\b"), r"Async\1"),
    (re.compile(r"\brecado\.evolution\.methods\b"), "recado.evolution.async_methods"),
    (re.compile(r"\bblocking client\b"), "asynchronous client"),
    (
        re.compile(r'\A"""(.*?)"""', re.DOTALL),
        r'"""\1"""\n\n# Made from the blocking methods by tools/make_async.py.',
    ),
)


def modules() -> dict[Path, str]:
    """Return what each module of the coroutine methods should say."""
    return {
        COROUTINES / path.name: _formatted(made_async(path.read_text("utf-8")))
        for path in sorted(BLOCKING.glob("*.py"))
    }


def made_async(text: str) -> str:
    """Return a module of blocking methods as one of coroutine methods."""
    for pattern, replacement in _CHANGES:
        text = pattern.sub(replacement, text)
    return text


def _formatted(text: str) -> str:
    sorted_imports = _ruff(text, "check", "--fix", "--quiet", "--select", "I")
    return _ruff(sorted_imports, "format")


def _ruff(text: str, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 -- our own formatter, on our own text
        [_RUFF, *words, "--stdin-filename", str(COROUTINES / "any.py"), "-"],
        input=text.encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    return done.stdout.decode()


def write() -> None:
    """Write them, and remove what is no longer made."""
    COROUTINES.mkdir(exist_ok=True)
    made = modules()
    for path in COROUTINES.glob("*.py"):
        if path not in made:
            path.unlink()
    for path, text in made.items():
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    write()
