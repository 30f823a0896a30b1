"""``recado db``: the database as a whole."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from recado.cli.output import write_line, write_note
from recado.cli.serve import settings_of
from recado.clock import SystemClock
from recado.errors import SettingsError
from recado.settings import KEY_FILE, Settings
from recado.store.cipher import Cipher
from recado.store.copying import Tell
from recado.store.copying import copy as copy_rows
from recado.store.open import open_source, open_target


@click.group()
def db() -> None:
    """Work on the database as a whole."""


@db.command()
@click.option(
    "--from",
    "source",
    required=True,
    help="sqlite:///FILE or postgresql://…, as RECADO_DATABASE_URL.",
)
@click.option(
    "--to",
    "target",
    help="The same (RECADO_DATABASE_URL, which shows its password to nobody): empty, "
    "or a former copy.",
)
@click.option("--data-dir", help="Folder of files and the key (RECADO_DATA_DIR).")
def copy(*, source: str, target: str | None, data_dir: str | None) -> None:
    """Move to another database: SQLite to PostgreSQL, or back.

    Stop the servers of both before. All of it is one transaction: what breaks off has
    changed nothing. It can be repeated until the copy is used; then it is refused.
    """
    settings = settings_of({"data_dir": data_dir})
    rows = _copy(settings, source, target or settings.database_url)
    write_line(f"{sum(rows.values()):,} rows are copied. Now set on every node:")
    write_line("  RECADO_DATABASE_URL  the address that was copied to")
    write_line(f"  RECADO_SECRET_KEY    {_where_the_key_is(settings.data_dir)}")


def _copy(settings: Settings, source: str, target: str) -> dict[str, int]:
    if source == target:
        raise SettingsError("--from and --to are the same database")
    clock, folder = SystemClock(), settings.data_dir
    cipher = Cipher(settings.secret_key)
    with (
        open_source(source, folder=folder, clock=clock) as reading,
        open_target(target, folder=folder, clock=clock) as writing,
        _progress() as tell,
    ):
        return copy_rows(reading, writing, cipher=cipher, now=clock.now(), tell=tell)


def _where_the_key_is(data_dir: Path) -> str:
    file = data_dir / KEY_FILE
    return f"what stands in {file}" if file.exists() else "as it is here"


@contextmanager
def _progress() -> Iterator[Tell]:
    """Show how far each table is: a bar on a terminal, else a line at its end."""
    if not sys.stderr.isatty():
        yield _tell_the_end
        return
    with Progress(
        TextColumn("{task.description:>18}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
    ) as progress:
        tasks: dict[str, TaskID] = {}

        def tell(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = progress.add_task(table, total=total)
            progress.update(tasks[table], completed=done)

        yield tell


def _tell_the_end(table: str, done: int, total: int) -> None:
    if done == total:
        write_note(f"{table}: {total:,}")
