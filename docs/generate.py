# ruff: noqa: INP001 -- a script beside the documents, not a package
"""Writes what the documents say about the code: ``python docs/generate.py``.

``docs/states.md`` is made whole; elsewhere what stands between the comments
``generated: NAME`` and ``end`` is. A house test fails while a document differs.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
from fastapi.routing import APIRoute

from recado.cli.group import recado
from recado.model.status import DEAD_LETTERS, MOVES, WAITING, Status
from recado.observe import signals
from recado.observe.signals import Signals
from recado.settings_table import CLIENT_SETTINGS, SETTINGS, Setting
from recado.web.app import ROUTERS, describe, make_app
from recado.web.guard import role_of

ROOT = Path(__file__).resolve().parents[1]
STATES = Path("docs/states.md")

MEANINGS = {
    Status.PENDING: "accepted, on disk, and waiting to be claimed",
    Status.RUNNING: "lent to the worker: an attempt is being made",
    Status.RETRYING: "an attempt failed for a moment; the next one has a time",
    Status.HELD: (
        "not run now: its destination does not answer, its instance is offline, or "
        "its trigger is disabled"
    ),
    Status.COMPLETED: "the action did what it should",
    Status.FAILED: "a dead letter: trying again unchanged would not help",
    Status.FAILED_RETRYABLE: (
        "a dead letter: it could have succeeded, but its attempts or its time ran out"
    ),
    Status.REPLAYED: "a dead letter whose event runs again as another execution",
    Status.DISCARDED: "a dead letter that somebody resolved without running it again",
}

_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def states() -> str:
    """Return the page about the statuses and the moves between them."""
    drawn = [
        f"    {old} --> {new}" for old in Status for new in Status if new in MOVES[old]
    ]
    rows = [
        (f"`{status}`", MEANINGS[status], _kind(status), _codes(_after(status)))
        for status in Status
    ]
    return "\n".join(
        [
            "# The statuses of an execution",
            "",
            "Generated from `src/recado/model/status.py` by `docs/generate.py`.",
            "",
            _table(("status", "meaning", "kind", "may become"), rows),
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> pending",
            *drawn,
            "```",
            "",
        ]
    )


def _kind(status: Status) -> str:
    if status in DEAD_LETTERS:
        return "dead letter"
    if status in WAITING:
        return "waits"
    return "ended" if not MOVES[status] else "runs"


def _after(status: Status) -> list[str]:
    return [str(new) for new in Status if new in MOVES[status]]


def settings() -> str:
    """Return the table of the server's settings."""
    return _settings_table(SETTINGS)


def client_settings() -> str:
    """Return the table of the commands' settings."""
    return _settings_table(CLIENT_SETTINGS)


def _settings_table(listed: Iterable[Setting]) -> str:
    rows = [
        (f"`{one.name}`", f"`{one.default}`" if one.default else "-", one.help)
        for one in listed
    ]
    return _table(("name", "default", "what it is for"), rows)


def signal_names() -> str:
    """Return the table of signals, which is the one in their module."""
    told = (signals.__doc__ or "").split("\n\n", 1)[1].strip().splitlines()
    rows = [line.strip("| ").split(" | ") for line in told[2:]]
    return _table(("event", "when"), [(f"`{name}`", when) for name, when in rows])


def commands() -> str:
    """Return every command with its arguments and what it does."""
    rows = [
        (f"`{' '.join([*path, *_arguments(command)])}`", command.get_short_help_str(99))
        for path, command in every_command(recado, ("recado",))
    ]
    return _table(("command", "what it does"), rows)


def every_command(
    group: click.Group, path: tuple[str, ...]
) -> list[tuple[tuple[str, ...], click.Command]]:
    """Return the commands below a group, with the words that call them."""
    context = click.Context(group)
    found: list[tuple[tuple[str, ...], click.Command]] = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            found += every_command(command, (*path, name))
        elif command is not None:
            found.append(((*path, name), command))
    return found


def _arguments(command: click.Command) -> list[str]:
    return [
        (one.name or "").upper()
        for one in command.params
        if isinstance(one, click.Argument)
    ]


def routes() -> str:
    """Return every route of the API with the role that it needs."""
    parts: Any = SimpleNamespace(version="", signals=Signals(lambda _: None))
    roles = {
        (method, route.path_format): str(role_of(route))
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    rows = [
        (
            f"`{method.upper()} {path}`",
            roles.get((method.upper(), path), "open"),
            told["description"].split("\n")[0],
        )
        for path, methods in describe(make_app(parts))["paths"].items()
        for method, told in methods.items()
    ]
    return _table(("route", "role", "what it does"), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "client_settings": client_settings,
    "signals": signal_names,
    "commands": commands,
    "routes": routes,
}


def documents() -> dict[Path, str]:
    """Return what each document that holds something generated should say."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    texts = {page.relative_to(ROOT): page.read_text("utf-8") for page in pages}
    filled = {
        page: _BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}\n{found[3]}", t)
        for page, t in texts.items()
        if _BLOCK.search(t)
    }
    return filled | {STATES: states()}


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "-"


if __name__ == "__main__":
    for page, text in documents().items():
        (ROOT / page).write_text(text, "utf-8")
