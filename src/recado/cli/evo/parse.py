"""The words of a command line to a command and its values."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

from recado.cli.evo import convert
from recado.cli.evo.argument import COUNT, SWITCH, Argument, Row
from recado.cli.evo.document import WRONG_USAGE, write
from recado.own_version import own_version

AREAS = ("sends", "instances", "messages", "people")
"""The parts of the table; those that scripts use most come first."""

EVERYWHERE = (
    Argument("--json", "nothing changes: the result is JSON anyway", kind=SWITCH),
    Argument("--env-file", "file to read the settings from, instead of .env"),
    Argument("--instance", "your word for the sending number, part of a key's id"),
    Argument("--attempts", "how often to try; 3 if not given", kind=COUNT),
    Argument("--deadline", "seconds for all tries together", kind=COUNT),
)
HELP_WIDTH = 80

YES = Argument("--yes", "do not ask", kind=SWITCH)

ABOUT = """\
Every call of Evolution Go as a command. The result is one JSON document on stdout,
and so is a failure; what is tried again is told on stderr.

Exit status: 0 done, 1 failed, 2 wrong arguments. --version tells whose this is.

Settings, from the environment or the nearest .env:
  EVOLUTION_GO_URL        the gateway's address, such as http://127.0.0.1:8080
  EVOLUTION_GO_KEY        the token of the instance
  EVOLUTION_GO_ADMIN_KEY  the server's global key, for the commands that want it;
                          EVOLUTION_GO_KEY is used there if it is not set
  EVOLUTION_GO_INSTANCE   your word for the sending number, as --instance
"""


class Asked(NamedTuple):
    """A command with its values by field, and the options that every command has."""

    row: Row
    values: dict[str, Any]
    options: dict[str, Any]

    @property
    def env_file(self) -> str:
        """The file to read the settings from; "" is the nearest ``.env``."""
        return str(self.options.get("env_file", ""))

    @property
    def instance(self) -> str:
        """The word for the sending number; "" is that of the settings."""
        return str(self.options.get("instance", ""))

    @property
    def is_limited(self) -> bool:
        """Whether a deadline cuts the time of each try."""
        return "deadline" in self.options


def parse(words: Sequence[str], *, prog: str) -> Asked:
    """Return what the words ask for.

    Help ends the process with 0; wrong words end it with 2, with the reason on stderr
    and as the document on stdout.
    """
    rest = list(words)
    while rest[:1] == ["--json"]:
        del rest[0]
    name = rest.pop(0) if rest else "--help"
    if name in {"-h", "--help"}:
        print(_overview(prog))
        raise SystemExit(0)
    if name == "--version":
        print(f"recado {own_version()}")
        raise SystemExit(0)
    row = find_row(name)
    if row is None:
        _refuse(_unknown(name), usage=f"usage: {prog} COMMAND …")
    return _read(row, rest, prog=prog)


def find_row(name: str) -> Row | None:
    """Return the command of that name."""
    return next((row for row in every_row() if row.name == name), None)


def every_row() -> Iterator[Row]:
    """Return the whole table, each part loaded when it is reached."""
    for area in AREAS:
        yield from import_module(f"recado.cli.evo.table.{area}").ROWS


def arguments_of(row: Row) -> tuple[Argument, ...]:
    """Return what a command takes, its own arguments first."""
    return (*row.arguments, *([YES] if row.asks else []), *EVERYWHERE)


def parser_of(row: Row, *, prog: str) -> argparse.ArgumentParser:
    """Return the parser of one command."""
    parser = _Parser(
        prog=f"{prog} {row.name}",
        description=row.about,
        formatter_class=_formatter,
    )
    for one in arguments_of(row):
        _add(parser, one)
    return parser


def _formatter(prog: str) -> argparse.HelpFormatter:
    # argparse makes one for each argument, and without a width looks at the terminal
    return argparse.HelpFormatter(prog, width=HELP_WIDTH)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _refuse(message, usage=self.format_usage().strip())


def _read(row: Row, words: Sequence[str], *, prog: str) -> Asked:
    given = vars(parser_of(row, prog=prog).parse_args(words))
    return Asked(
        row,
        _values(given, row.arguments),
        _values(given, arguments_of(row)[len(row.arguments) :]),
    )


def _values(given: dict[str, Any], some: Iterable[Argument]) -> dict[str, Any]:
    found = {one.field: given[one.field] for one in some}
    return {field: value for field, value in found.items() if value is not None}


def _add(parser: argparse.ArgumentParser, one: Argument) -> None:
    if not one.is_flag:
        parser.add_argument(
            one.field,
            help=one.help,
            metavar=one.name.upper(),
            type=convert.CONVERTERS[one.kind],
        )
    elif one.kind == SWITCH:
        parser.add_argument(
            one.name, help=one.help, dest=one.field, action="store_true", default=None
        )
    else:
        parser.add_argument(
            one.name,
            help=one.help,
            dest=one.field,
            required=one.required,
            choices=one.choices or None,
            metavar=None if one.choices else one.name.strip("-").upper(),
            type=convert.CONVERTERS[one.kind],
        )


def _overview(prog: str) -> str:
    rows = list(every_row())
    width = max(len(row.name) for row in rows)
    lines = [f"  {row.name:{width}}  {row.line}" for row in rows]
    return "\n".join(
        [
            f"usage: {prog} COMMAND …",
            "",
            ABOUT,
            f"Commands ({prog} COMMAND --help shows the arguments of one):",
            *lines,
        ]
    )


def _unknown(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 -- only for a mistyped name

    near = get_close_matches(name, [row.name for row in every_row()], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"there is no command {name!r}{hint}"


def _refuse(message: str, *, usage: str) -> NoReturn:
    print(usage, file=sys.stderr)
    print(f"error: {message}", file=sys.stderr)
    write({"error": f"Wrong arguments: {message}"})
    raise SystemExit(WRONG_USAGE)
