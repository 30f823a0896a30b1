"""``recado evo``: the same commands as ``evolution-go-client``."""

import importlib
from collections.abc import Sequence

import click


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    add_help_option=False,
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def evo(*, command: Sequence[str]) -> None:
    """Make any call of Evolution Go, as `evolution-go-client` does."""
    importlib.import_module("recado.cli.evo.main").start(command, prog="recado evo")
