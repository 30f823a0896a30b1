"""``recado serve``: take webhooks and run actions."""

import shlex
from pathlib import Path

import click

from recado.cli.on_path import path_line
from recado.cli.output import write_facts, write_line
from recado.cli.run_server import run_server
from recado.errors import SettingsError
from recado.server import Server
from recado.settings import CLI_FILE, read_settings

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
def serve(**options: str | int | None) -> None:
    """Take webhooks and run actions, until Ctrl-C or SIGTERM."""
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
    run_server(settings, on_start=_announce, on_stop=_take_leave)


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


def _take_leave(server: Server) -> None:
    running = server.worker.running_count
    if not running:
        write_line("Stopping.")
        return
    attempts = "1 attempt" if running == 1 else f"{running} attempts"
    write_line(
        f"Stopping: {attempts} may go on for up to {server.settings.grace_seconds:g} "
        f"s; Ctrl-C again gives {'it' if running == 1 else 'them'} back now."
    )
