"""``recado db``: the database as a whole."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from recado.cli.output import write_line
from recado.clock import SystemClock
from recado.settings import KEY_FILE, read_settings
from recado.store.copying import copy_database
from recado.store.open import sqlite_path


@click.group()
def db() -> None:
    """Work on the database as a whole."""


@db.command()
@click.option(
    "--from", "source", required=True, help="sqlite:///FILE, as RECADO_DATABASE_URL."
)
@click.option(
    "--to",
    "target",
    required=True,
    help="postgresql://USER:PASSWORD@HOST/DATABASE, empty or from a copy before.",
)
@click.option("--data-dir", help="Folder of the file (RECADO_DATA_DIR).")
def copy(*, source: str, target: str, data_dir: str | None) -> None:
    """Copy a SQLite file to PostgreSQL. Stop the server before.

    It can be repeated: a second time brings over what has changed.
    """
    given = {"RECADO_DATA_DIR": data_dir} if data_dir else {}
    folder = read_settings(options=given).data_dir
    path = sqlite_path(source, folder=folder)
    rows = _copy(path, target)
    write_line(f"{rows:,} rows are copied. Now set on every node:")
    write_line("  RECADO_DATABASE_URL  the address that you gave with --to")
    write_line(f"  RECADO_SECRET_KEY    what stands in {folder / KEY_FILE}")


def _copy(path: Path, target: str) -> int:
    with Progress(
        TextColumn("{task.description:>18}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
    ) as progress:
        tasks: dict[str, int] = {}

        def tell(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = int(progress.add_task(table, total=total))
            progress.update(tasks[table], completed=done)  # type: ignore[arg-type]  # its TaskID is an int

        return copy_database(path, target, clock=SystemClock(), tell=tell)
