"""From the options of a command to the JSON object of a trigger."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from recado import wire
from recado.errors import NotJsonError
from recado.intake.event_types import NOISY

SOURCES_NOTE = (
    "Who sends: evolution_go, evolution_api, meta, waha, wuzapi, github, stripe, "
    "linear, telegram, discord, slack, clickup, standard or custom."
)
ACTIONS = ("script", "http", "whatsapp", "prompt", "skill")
_TEXT_ACTIONS = frozenset({"script", "prompt", "skill"})
_RENAMED = {"action": "action_type", "payload": "action_payload"}


def trigger_body(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that were given, those of ``from_file`` first.

    Raises:
        click.UsageError: An option cannot be read; the message says which.
    """
    body = read_object(options["from_file"]) if options.get("from_file") else {}
    for name in ("name", "source", "action", "agent", "condition", "secret"):
        if options.get(name) is not None:
            body[_RENAMED.get(name, name)] = options[name]
    if options.get("payload") is not None:
        body["action_payload"] = read_payload(
            options["payload"], action=body.get("action_type")
        )
    if options.get("filter"):
        body["event_filter"] = read_filter(options["filter"])
    if options.get("setting"):
        body["settings"] = {
            **body.get("settings", {}),
            **read_settings_given(options["setting"]),
        }
    return body


def is_noise_likely(body: Mapping[str, Any]) -> bool:
    """Tell whether a new trigger takes everything of a source that has noisy kinds."""
    decides = body.get("event_filter") or body.get("condition")
    return not decides and body.get("source") in NOISY


def wants_quiet(source: str, said: bool | None) -> bool:
    """Return whether to leave the noisy kinds out: as said, else as a person answers.

    Where nobody can be asked, everything is taken, and a note says so.
    """
    if said is not None:
        return said
    kinds = ", ".join(NOISY[source])
    if sys.stdin.isatty() and sys.stderr.isatty():
        question = f"Leave out the noisy kinds ({kinds})?"
        return click.confirm(question, default=True, err=True)
    click.echo(
        f"This trigger takes everything, also {kinds}; --leave-out-noise leaves "
        "these out.",
        err=True,
    )
    return False


def read_payload(given: str, *, action: str | None) -> Any:
    """Return an action's payload: a text, or JSON where the action takes an object.

    ``@name`` stands for the content of a file.
    """
    text = read_file(given[1:]) if given.startswith("@") else given
    if action in _TEXT_ACTIONS or not text.lstrip().startswith("{"):
        return text.rstrip("\n")
    return _decoded(text, where="--payload")


def read_filter(given: Iterable[str]) -> dict[str, Any]:
    """Return an event filter from ``name=value`` pairs or JSON objects.

    A name that is given twice wants any one of its values.
    """
    wanted: dict[str, Any] = {}
    for part in given:
        if part.lstrip().startswith("{"):
            wanted |= _decoded(part, where="--filter")
            continue
        name, value = _pair(part, option="--filter")
        if name in wanted:
            before = wanted[name]
            wanted[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            wanted[name] = value
    return wanted


def read_settings_given(given: Iterable[str]) -> dict[str, Any]:
    """Return settings from ``name=value`` pairs; ``instance.url`` names an inner one.

    A value that is JSON (``3``, ``true``, ``null``) is taken as such, else as text.
    """
    settings: dict[str, Any] = {}
    for part in given:
        name, text = _pair(part, option="--setting")
        outer, dot, inner = name.partition(".")
        if dot:
            settings.setdefault(outer, {})[inner] = _value(text)
        else:
            settings[outer] = _value(text)
    return settings


def read_object(name: str) -> dict[str, Any]:
    """Return the JSON object that a file holds; ``-`` is standard input."""
    return _decoded(read_file(name), where=name)


def _decoded(text: str, *, where: str) -> dict[str, Any]:
    try:
        value = wire.decode(text)
    except NotJsonError as error:
        raise click.UsageError(f"{where} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise click.UsageError(f"{where} must be a JSON object, such as {{…}}")
    return value


def _value(text: str) -> Any:
    try:
        return wire.decode(text)
    except NotJsonError:
        return text


def _pair(part: str, *, option: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not (name and equals):
        raise click.UsageError(f"{option} is '{part}'; it must be name=value")
    return name, value


def read_file(name: str) -> str:
    """Return the text of a file; ``-`` is standard input."""
    try:
        if name == "-":
            return sys.stdin.read()
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"cannot read {name}: {error}") from error
