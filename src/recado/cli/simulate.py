"""``recado simulate``: be an Evolution Go server that shows what a phone would."""

import dataclasses
from collections.abc import Sequence

import click

from recado.errors import SettingsError
from recado.simulator.deliver import is_address
from recado.simulator.instances import Instance
from recado.simulator.server import LOOPBACK, Simulator, serve


class _InstanceText(click.ParamType[Instance]):
    name = "NAME:TOKEN"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Instance:
        if isinstance(value, Instance):
            return value
        try:
            return Instance.from_text(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to take.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to take; 0 takes a free one.",
)
@click.option(
    "--instance",
    "instances",
    type=_InstanceText(),
    multiple=True,
    default=("sales:simulator-token",),
    show_default=True,
    help="An instance and its key; can be given several times.",
)
@click.option("--webhook", metavar="URL", help="Where the instances' events go.")
def simulate(
    *, host: str, port: int, instances: Sequence[Instance], webhook: str | None
) -> None:
    """Be an Evolution Go server that shows what a phone would.

    It takes texts as the real one does, sends webhooks and fails on request.
    Nothing leaves this machine but the webhooks. Ctrl-C ends it.
    """
    if webhook is not None and not is_address(webhook):
        raise click.BadParameter(
            "must be an address such as http://127.0.0.1:8484/…",
            param_hint="--webhook",
        )
    listening = [dataclasses.replace(each, webhook=webhook) for each in instances]
    try:
        serve(listening, host=host, port=port, ready=_announce)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--instance") from error
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; "
            "choose another with --host or --port"
        ) from error


def _announce(simulator: Simulator) -> None:
    url, first = simulator.url, simulator.instances.first()
    click.echo(f"Evolution Go, simulated, on {url}")
    for instance in simulator.instances:
        click.echo(f"  instance {instance.name}, key {instance.token}")
    click.echo("Send a text, see what the phone shows, make the next send fail:")
    click.echo(
        f"  curl -H 'apikey: {first.token}' -H 'content-type: application/json' "
        f'-d \'{{"number": "5511990000001", "text": "Hello"}}\' {url}/send/text'
    )
    click.echo(f"  curl {url}/_simulate/messages")
    click.echo(
        '  curl -d \'{"route": "POST /send/text", "fault": '
        f'{{"error": "ack_timeout"}}, "times": 1}}\' {url}/_simulate/faults'
    )
    click.echo("Ctrl-C ends it.")
