# ruff: noqa: INP001 -- a script beside the documents, not a package
"""Writes what the documents say about the code: ``python docs/generate.py``.

``docs/states.md`` is made whole; elsewhere what stands between the comments
``generated: NAME`` and ``end`` is. A house test fails while a document differs.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from inspect import Parameter, signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click

from recado.cli.evo.argument import SWITCH, Argument
from recado.cli.evo.parse import EVERYWHERE, every_row
from recado.cli.evo.table.sends import NAMED, SENT
from recado.cli.group import recado
from recado.evolution.commands import LEFT_OUT
from recado.evolution.methods.together import AllMethods
from recado.intake.sources.registry import SOURCES
from recado.model.status import DEAD_LETTERS, MOVES, WAITING, Status
from recado.observe import signals
from recado.observe.signals import Signals
from recado.settings_table import CLIENT_SETTINGS, SETTINGS, Setting
from recado.simulator.control import CONTROLS, PREFIX
from recado.simulator.emission import KINDS
from recado.simulator.error_texts import KNOWN_ERRORS
from recado.simulator.routing import NOT_SERVED
from recado.web.app import make_app
from recado.web.openapi import describe

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


def client_commands() -> str:
    """Return every command of the client with its arguments and what it does."""
    rows = [
        (
            f"`{row.name}`",
            " ".join(_argument(one) for one in row.arguments if one not in NAMED)
            + (" *and the options of sends*" if SENT[0] in row.arguments else ""),
            row.about.replace("|", "\\|"),
        )
        for row in every_row()
    ]
    return _table(("command", "arguments", "what it does"), rows)


def send_options() -> str:
    """Return what every send takes besides its content."""
    return _options(NAMED)


def every_option() -> str:
    """Return what every command takes."""
    return _options(EVERYWHERE)


def _options(some: Iterable[Argument]) -> str:
    rows = [(f"`{one.name}`", one.help.replace("|", "\\|")) for one in some]
    return _table(("option", "what it does"), rows)


def _argument(one: Argument) -> str:
    if not one.is_flag:
        return f"`{one.name.upper()}`"
    name = one.name.removeprefix("--").upper()
    value = "\\|".join(one.choices) or name
    text = f"`{one.name}`" if one.kind == SWITCH else f"`{one.name} {value}`"
    return text if one.required else f"[{text}]"


def routes() -> str:
    """Return every route of the API with the role that it needs."""
    parts: Any = SimpleNamespace(version="", signals=Signals(lambda _: None))
    rows = [
        (
            f"`{method.upper()} {path}`",
            told.get("x-role", "open"),
            told["description"].split("\n")[0],
        )
        for path, methods in describe(make_app(parts))["paths"].items()
        for method, told in methods.items()
    ]
    return _table(("route", "role", "what it does"), rows)


def methods() -> str:
    """Return every method of the clients with its route and what it does."""
    rows = [
        (f"`{_signature(name, method)}`", f"`{route}`", told)
        for area in AllMethods.__bases__
        for name, method in vars(area).items()
        if not name.startswith("_")
        for told, route in [_summary(method.__doc__)]
    ]
    return _table(("method", "route", "what it does"), rows)


def _signature(name: str, method: Callable[..., Any]) -> str:
    kinds = signature(method).parameters.values()
    needed = [
        one.name
        for one in kinds
        if one.default is Parameter.empty
        and one.kind is not Parameter.VAR_KEYWORD
        and one.name != "self"
    ]
    optional = len(needed) < len(kinds) - 1
    return f"{name}({', '.join([*needed, *(['…'] if optional else [])])})"


def _summary(docstring: str) -> tuple[str, str]:
    """Return what a method does, and its route."""
    [route] = re.findall(r"``([A-Z]+ /\S+)``", docstring)
    first = docstring.split("\n", maxsplit=1)[0]
    told = first.removesuffix(f" (``{route}``).").removesuffix(".")
    return told.replace("``", "`"), route


def left_out() -> str:
    """Return the routes that have no method, and why."""
    rows = [(f"`{route}`", why) for route, why in LEFT_OUT.items()]
    return _table(("route", "why it has no method"), rows)


def simulator_options() -> str:
    """Return the options of the simulator."""
    [command] = [
        one for path, one in every_command(recado, ()) if path == ("simulate",)
    ]
    rows = [
        (f"`{option.opts[0]}`", option.help or "")
        for option in command.params
        if isinstance(option, click.Option)
    ]
    return _table(("option", "what it does"), rows)


def simulator_controls() -> str:
    """Return the control routes of the simulator."""
    rows = [
        (f"`{method} {PREFIX}{path}`", (serve.__doc__ or "").split("\n")[0])
        for method, path, serve in CONTROLS
    ]
    return _table(("route", "what it does"), rows)


def simulator_events() -> str:
    """Return the events that the simulator can be told to deliver."""
    rows = [
        (f"`{event}`", _codes(name for name in variants if name))
        for event, variants in KINDS.items()
    ]
    return _table(("event", "variants, the usual one first"), rows)


def simulator_errors() -> str:
    """Return the errors that the simulator can be told to answer with."""
    rows = [
        (f"`{name}`", str(known.statuses[0]), f"`{known.text}`")
        for name, known in KNOWN_ERRORS.items()
    ]
    return _table(("name", "status", "text"), rows)


def simulator_left_out() -> str:
    """Return the gateway's routes that the simulator does not serve."""
    rows = [(f"`{route}`", why) for route, why in NOT_SERVED.items()]
    return _table(("route", "why it is not here"), rows)


def sources() -> str:
    """Return the table of sources."""
    rows = [
        (
            f"[`{name}`](#{name})",
            _codes(source.headers),
            f"`{source.default_ordering}`",
            _in_words(source.longest_retry),
        )
        for name, source in SOURCES.items()
    ]
    return _table(("source", "headers it is known by", "order", "tries for"), rows)


def _in_words(time: timedelta) -> str:
    if not time:
        return "-"
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count, rest = divmod(int(time.total_seconds()), length)
        if count and not rest:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{time.total_seconds():g} seconds"


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "sources": sources,
    "client_settings": client_settings,
    "signals": signal_names,
    "commands": commands,
    "client_commands": client_commands,
    "send_options": send_options,
    "every_option": every_option,
    "routes": routes,
    "methods": methods,
    "left_out": left_out,
    "simulator_options": simulator_options,
    "simulator_controls": simulator_controls,
    "simulator_events": simulator_events,
    "simulator_errors": simulator_errors,
    "simulator_left_out": simulator_left_out,
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
