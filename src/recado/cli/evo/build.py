"""A command's values to the call that they mean."""

from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any

from recado.cli.evo.argument import Row, snake
from recado.evolution.commands.base import Command

# each part's class, loaded by the commands that have such a part
_OBJECTS = {
    "quoted": "commands.sending:Quoted",
    "proxy": "commands.instances:Proxy",
    "advanced_settings": "replies.instances:AdvancedOptions",
}
_LISTS = {
    "buttons": "commands.interactive:Button",
    "sections": "commands.interactive:ListSection",
    "rows": "commands.interactive:ListRow",
}


def class_of(row: Row) -> type[Command[Any]]:
    """Return the class of the call that a command makes."""
    found: type[Command[Any]] = _load(f"commands.{row.command}")
    return found


def call_of(row: Row, values: Mapping[str, Any]) -> Command[Any]:
    """Return the call of a command with its values.

    Raises:
        ValueError: A value cannot be right; the message says which and why.
    """
    if row.name == "send_media" and ("url" in values) == ("file" in values):
        raise ValueError("give either --url or --file")
    return class_of(row)(**{name: _made(name, values[name]) for name in values})


def _made(name: str, value: Any) -> Any:
    if name in _OBJECTS:
        return _an_object(_OBJECTS[name], value, where=name)
    if name in _LISTS:
        return _objects(name, value)
    return _upload(value) if name == "file" else value


def _objects(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a JSON array")  # noqa: TRY004 -- one class for all nonsense
    return [_an_object(_LISTS[name], item, where=name) for item in value]


def _an_object(place: str, value: Any, *, where: str) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{where} must hold JSON objects")  # noqa: TRY004 -- the same
    kind = _load(place)
    given = {snake(name): item for name, item in value.items()}
    known = [field.name for field in fields(kind)]
    for name in given:
        if name not in known:
            raise ValueError(f"{where}: {name} is not one of {', '.join(known)}")
    if "rows" in given:
        given["rows"] = _objects("rows", given["rows"])
    try:
        return kind(**given)
    except (TypeError, AttributeError) as error:
        # a field is missing, or is of a type that its check cannot look into
        raise ValueError(f"{where}: {error}") from error


def _upload(path: str) -> Any:
    import mimetypes  # noqa: PLC0415 -- loaded by the one command that has a file
    from pathlib import Path  # noqa: PLC0415 -- the same

    kind, _ = mimetypes.guess_type(path)
    upload, unknown = _load("upload:Upload"), _load("upload:UNKNOWN_TYPE")
    return upload(content=Path(path), content_type=kind or unknown)


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(f"recado.evolution.{module}"), name)
