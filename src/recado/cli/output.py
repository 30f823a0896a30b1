"""What commands write: tables for people, JSON for programs."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recado import wire

GAP = 2
"""Columns between two cells."""

LEAST = 12
"""Columns that the long cell of a row keeps on the narrowest terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its heading and the field it shows.

    ``long`` may be cut short on a terminal; at most one column is. ``moment`` is an
    ISO 8601 text, shown to the second, on a terminal without its year.
    """

    title: str
    field: str
    right: bool = False
    long: bool = False
    moment: bool = False

    def cell(self, row: Mapping[str, Any], *, terminal: bool) -> str:
        """Return what the row has here, as one line."""
        value = row.get(self.field)
        if self.moment and isinstance(value, str):
            return moment(value)[5 if terminal else 0 :]
        return as_text(value)


def write_json(answer: object) -> None:
    """Write the API's answer as it came."""
    click.echo(wire.encode_pretty(answer).decode())


def write_line(text: str = "") -> None:
    """Write a line for people on stdout."""
    click.echo(text)


def write_note(text: str) -> None:
    """Write a line for people on stderr, where it disturbs no program."""
    click.echo(text, err=True)


def write_table(rows: Sequence[Mapping[str, Any]], columns: Iterable[Column]) -> None:
    """Write one line per row. Nothing is cut but the long cells on a terminal."""
    chosen, terminal = tuple(columns), sys.stdout.isatty()
    cells = [[column.cell(row, terminal=terminal) for column in chosen] for row in rows]
    widths = [
        max(map(cell_len, (column.title, *(line[place] for line in cells))))
        for place, column in enumerate(chosen)
    ]
    if terminal:
        widths = _fitted(widths, chosen, room=Console().width)
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
    for column, width in zip(chosen, widths, strict=True):
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="ellipsis",
            width=width,  # else a narrow terminal would squeeze every column
        )
    for line in cells:
        table.add_row(*map(Text, line))
    whole = sum(widths) + GAP * len(widths)
    Console(file=sys.stdout, width=whole, highlight=False).print(table)


def _fitted(
    widths: Sequence[int], columns: Sequence[Column], *, room: int
) -> list[int]:
    excess = max(0, sum(widths) + GAP * (len(widths) - 1) - room)
    return [
        max(min(width, LEAST), width - excess) if column.long else width
        for column, width in zip(columns, widths, strict=True)
    ]


def write_facts(facts: Mapping[str, object]) -> None:
    """Write names and values, one pair per line; what is None is left out."""
    shown = {name: value for name, value in facts.items() if value is not None}
    width = max((len(name) for name in shown), default=0)
    for name, value in shown.items():
        click.echo(f"{name:<{width}}  {as_text(value)}")


def as_text(value: object) -> str:
    """Return a value as one line of text; nothing is a dash."""
    match value:
        case None | "" | [] | ():
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(as_text(item) for item in value)
        case dict():
            return wire.encode(value).decode()
        case _:
            return " ".join(str(value).split())


def moment(text: str) -> str:
    """Return an ISO 8601 moment of the API, in UTC, as people read it."""
    return text[:19].replace("T", " ")
