"""``recado worker``: run actions, and take no webhooks."""

import click

from recado.cli.output import write_line
from recado.cli.run_server import run_server
from recado.cli.serve import demand_shared, settings_of, take_leave
from recado.server import Server


@click.command()
@click.option(
    "--data-dir",
    help="Folder of the scripts (RECADO_DATA_DIR, else ./recado-data).",
)
def worker(**options: str | None) -> None:
    """Run actions of a PostgreSQL database, beside any number of others.

    Until Ctrl-C or SIGTERM. Needs the same RECADO_SECRET_KEY and scripts everywhere.
    """
    settings = settings_of(options)
    demand_shared(settings, "worker")
    server = Server(settings, with_door=False)
    run_server(server, on_start=_announce, on_stop=take_leave)


def _announce(server: Server) -> None:
    write_line(f"Recado runs actions as {server.worker.id}, up to {_many(server)}.")
    write_line("Ctrl-C stops it; nothing that was accepted is lost.")


def _many(server: Server) -> str:
    return f"{server.settings.concurrency} at the same time"
