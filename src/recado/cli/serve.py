"""``recado serve``: take webhooks and run actions."""

import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from recado.cli.on_path import path_line
from recado.cli.output import write_facts, write_line
from recado.cli.run_server import run_server
from recado.errors import SettingsError
from recado.server import Server
from recado.settings import CLI_FILE, Settings, read_settings
from recado.store.open import is_postgres

_NAMES = {
    "host": "RECADO_HOST",
    "port": "RECADO_PORT",
    "data_dir": "RECADO_DATA_DIR",
}


@click.command()
@click.option("--host", help="Address to listen on (RECADO_HOST, else 127.0.0.1).")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on (RECADO_PORT, else 8484); 0 picks a free one.",
)
@click.option(
    "--data-dir",
    help="Folder of the database, keys and scripts (RECADO_DATA_DIR, else "
    "./recado-data).",
)
@click.option(
    "--worker/--no-worker",
    "with_worker",
    default=True,
    help="Run actions too. Without, other processes on the same PostgreSQL do: see "
    "recado worker.",
)
def serve(*, with_worker: bool, **options: str | int | None) -> None:
    """Take webhooks and run actions, until Ctrl-C or SIGTERM."""
    settings = settings_of(options)
    if not with_worker:
        demand_shared(settings, "serve --no-worker")
    server = Server(settings, with_worker=with_worker)
    run_server(server, on_start=_announce, on_stop=take_leave)


def settings_of(options: Mapping[str, str | int | None]) -> Settings:
    """Return the settings, with the options of a command, and make the data folder.

    Raises:
        SettingsError: Something is wrong with them.
    """
    given = {
        _NAMES[name]: str(value) for name, value in options.items() if value is not None
    }
    try:
        settings = read_settings(options=given)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"cannot use the data folder: {error}; choose another with --data-dir or "
            "RECADO_DATA_DIR"
        ) from error
    return settings


def demand_shared(settings: Settings, command: str) -> None:
    """Refuse a database that only one process can have.

    Raises:
        SettingsError: It is a file.
    """
    if not is_postgres(settings.database_url):
        raise SettingsError(
            f"recado {command} needs a database that processes can share: set "
            "RECADO_DATABASE_URL to postgresql://…. With SQLite, recado serve does all."
        )


def _announce(server: Server) -> None:
    folder = server.settings.data_dir.resolve()
    scripts = server.settings.scripts_dir or folder / "scripts"
    write_line(f"Recado listens on {server.url}")
    write_facts(
        {
            "  data": folder,
            "  scripts": scripts.resolve(),
            "  API key": f"in {folder / CLI_FILE}, where the commands find it",
            "  API": f"{server.url}/api/docs",
        }
    )
    if server.setup_url:
        write_line("Make the first admin of the dashboard, with this link, once:")
        write_line(f"  {server.setup_url}")
    write_line("Next, in another terminal in this folder:")
    if line := path_line():
        write_line(f"  {line}")
    if folder != Path("recado-data").resolve():
        write_line(f"  export RECADO_DATA_DIR={shlex.quote(str(folder))}")
    write_line("  recado trigger create --help   say which events run which action")
    write_line("  recado execution list          see what ran")
    write_line("  recado dlq groups              see what failed, by cause")
    write_line("Ctrl-C stops it; nothing that was accepted is lost.")


def take_leave(server: Server) -> None:
    """Say what a stop waits for."""
    running = server.worker.running_count
    if not running:
        write_line("Stopping.")
        return
    attempts = "1 attempt" if running == 1 else f"{running} attempts"
    write_line(
        f"Stopping: {attempts} may go on for up to {server.settings.grace_seconds:g} "
        f"s; Ctrl-C again gives {'it' if running == 1 else 'them'} back now."
    )
