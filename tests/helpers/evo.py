"""Running ``evolution-go-client`` in this process, as a shell would see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from recado import wire
from recado.cli.evo import argument as kinds
from recado.cli.evo.argument import Argument, Row, snake
from recado.cli.evo.main import main
from recado.cli.evo.parse import every_row
from recado.evolution.commands.base import Command
from recado.evolution.upload import Upload

KEY = "instance-token-hush"
ADMIN_KEY = "admin-key-hush"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and how long it waited between its tries."""

    code: int
    out: str
    err: str
    waits: list[float] = field(default_factory=list)

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return wire.decode(self.out)

    @property
    def told(self) -> list[Any]:
        """What stderr says of failed tries."""
        return [wire.decode(line) for line in self.err.splitlines()]


class Evo:
    """Runs commands, in an environment that holds nothing else."""

    def __init__(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self._captured = capfdbinary
        self.environ: dict[str, str] = {
            "EVOLUTION_GO_KEY": KEY,
            "EVOLUTION_GO_ADMIN_KEY": ADMIN_KEY,
        }

    def run(self, *words: str, url: str | None = None, **environ: str) -> Ended:
        """How a command ended, whatever its end was."""
        given = self.environ | environ
        if url is not None:
            given["EVOLUTION_GO_URL"] = url
        waits: list[float] = []
        self._captured.readouterr()
        code = _ended(words, given, waits)
        captured = self._captured.readouterr()
        return Ended(code, captured.out.decode(), captured.err.decode(), waits)

    def json(self, *words: str, url: str | None = None, **environ: str) -> Any:
        """What a command that must not fail wrote."""
        ended = self.run(*words, url=url, **environ)
        assert ended.code == 0, ended.out + ended.err
        return ended.json


def _ended(words: tuple[str, ...], given: dict[str, str], waits: list[float]) -> int:
    try:
        return main(words, given, sleep=waits.append)
    except SystemExit as end:
        return int(end.code or 0)


ROWS: dict[str, Row] = {row.name: row for row in every_row()}


def row_of(kind: type[Command[Any]]) -> Row:
    """The row whose call is of that class."""
    module = kind.__module__.rpartition(".")[2]
    [row] = [row for row in ROWS.values() if row.command == f"{module}:{kind.__name__}"]
    return row


def words_of(command: Command[Any], folder: Path) -> list[str]:
    """The command line of a call; a file to upload is put into ``folder``."""
    row = row_of(type(command))
    return [row.name, *_words(row.arguments, _values(command), folder)]


def _values(command: Any) -> Mapping[str, Any]:
    if not is_dataclass(command):
        return {}
    return {
        each.name: getattr(command, each.name)
        for each in fields(command)
        if getattr(command, each.name) not in (None, each.default)
    }


def _words(
    arguments: tuple[Argument, ...], values: Mapping[str, Any], folder: Path
) -> Iterator[str]:
    assert values.keys() <= {one.field for one in arguments}
    for one in arguments:
        value = values.get(one.field)
        if value is None or (one.kind == kinds.SWITCH and value is False):
            continue
        if one.kind == kinds.SWITCH:
            yield one.name
        elif one.is_flag:
            # so that a value may begin with a dash
            yield f"{one.name}={_word(value, folder)}"
        else:
            yield _word(value, folder)


def _word(value: Any, folder: Path) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Upload():
            assert isinstance(value.content, bytes)
            (folder / value.filename).write_bytes(value.content)
            return str(folder / value.filename)
        case _:
            return wire.encode(_json(value)).decode()


def _json(value: Any) -> Any:
    """A part of a call as a person writes it."""
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if not is_dataclass(value):
        return value
    return {
        _camel(each.name): _json(getattr(value, each.name))
        for each in fields(value)
        if getattr(value, each.name) is not None
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    camel = first + "".join(word.capitalize() for word in rest)
    assert snake(camel) == name
    return camel
