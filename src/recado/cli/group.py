"""The table of commands; each is imported only when it is called."""

import difflib
import gc
import importlib
from typing import Any

import click

# name: (module and command, the line in the overview)
COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("recado.cli.serve:serve", "Take webhooks and run actions."),
    "worker": ("recado.cli.worker:worker", "Run actions only, beside other nodes."),
    "demo": ("recado.cli.demo:demo", "See the whole product without a number."),
    "simulate": (
        "recado.cli.simulate:simulate",
        "Be an Evolution Go server that shows what a phone would.",
    ),
    "doctor": (
        "recado.cli.doctor.command:doctor",
        "Find out why events do not arrive.",
    ),
    "trigger": ("recado.cli.trigger:trigger", "Say which events run which action."),
    "execution": ("recado.cli.execution:execution", "See what ran, and why it failed."),
    "dlq": ("recado.cli.dlq:dlq", "Work through dead letters, many at a time."),
    "quarantine": (
        "recado.cli.quarantine:quarantine",
        "See rejected deliveries, and accept those that pass after a repair.",
    ),
    "stats": ("recado.cli.stats:stats", "Count what happened in the last days."),
    "user": ("recado.cli.user:user", "Say who may sign in to the dashboard."),
    "key": ("recado.cli.key:key", "Make and revoke API keys."),
    "db": ("recado.cli.db:db", "Move the database to PostgreSQL."),
    "evo": ("recado.cli.evolution:evo", "Make any call of Evolution Go."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click: the commands in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        gc.disable()  # nothing that is loaded is garbage; looking takes a sixth longer
        try:
            command: click.Command = getattr(importlib.import_module(module), name)
        finally:
            gc.enable()
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See click, which would suggest nothing for a name that is mistyped."""
        near = difflib.get_close_matches(args[0], COMMANDS, n=1)
        if near and args[0] not in COMMANDS:
            ctx.fail(f"No such command '{args[0]}'. Did you mean {near[0]}?")
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """See click: from the table, so that the overview imports no command."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="recado", message="%(prog)s %(version)s")
def recado(**_: Any) -> None:
    """Recado takes Evolution Go's webhooks and loses none of them.

    New here? `recado demo` shows everything in a minute; `recado serve` starts the
    server; the other commands speak to that server.
    """
