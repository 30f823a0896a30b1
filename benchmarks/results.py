"""Shows what was measured and keeps it as JSON."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

DATABASE = "RECADO_BENCHMARK_DATABASE"
FOLDER = Path(__file__).parent / "results"


def database() -> dict[str, str]:
    """Return which database to measure: ``--database``, else SQLite in the folder."""
    url = os.environ.get(DATABASE)
    return {"RECADO_DATABASE_URL": url} if url else {}


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    if not rows:
        return
    widths = [max(len(str(cell)) for cell in column) for column in zip(head, *rows)]
    print(f"\n{title}\n")
    for row in (head, ["-" * width for width in widths], *rows):
        print("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)))


def environment() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "recado": version("recado"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "machine": platform.machine(),
    }


def write(name: str, measured: dict[str, Any]) -> None:
    """Keep a run's figures."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(measured, indent=2) + "\n")
    print(f"\nwritten to {path.relative_to(Path.cwd())}")
