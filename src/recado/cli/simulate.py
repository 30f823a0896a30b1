"""``recado simulate``: be an Evolution Go server that shows what a phone would."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import click

from recado.errors import SettingsError
from recado.simulator.deliver import PAUSE_SECONDS, is_address
from recado.simulator.fault_text import rule_from_text
from recado.simulator.faults import FaultRule
from recado.simulator.instances import Instance
from recado.simulator.receipts import RECEIPTS
from recado.simulator.server import LOOPBACK, Simulator, serve
from recado.simulator.simulation import ADMIN_KEY, Behaviour


class _Parsed(click.ParamType[Any]):
    """What a function makes of a text, or its complaint."""

    def __init__(self, name: str, parse: Callable[[str], object]) -> None:
        self.name = name
        self._parse = parse

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


_SECONDS = click.FloatRange(min=0)


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
    type=_Parsed("NAME:TOKEN", Instance.from_text),
    multiple=True,
    default=("sales:simulator-token",),
    show_default=True,
    help="An instance and its key; can be given several times.",
)
@click.option(
    "--admin-key",
    default=ADMIN_KEY,
    show_default=True,
    help="The key of the routes for admins.",
)
@click.option("--webhook", metavar="URL", help="Where the instances' events go.")
@click.option(
    "--webhook-pause",
    type=_SECONDS,
    default=PAUSE_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long a webhook that failed waits for its next try.",
)
@click.option(
    "--receipts",
    type=click.Choice(RECEIPTS),
    default=RECEIPTS[0],
    show_default=True,
    help="How far each message gets by itself.",
)
@click.option(
    "--fault",
    "faults",
    type=_Parsed("ROUTE=WHAT[:TIMES]", rule_from_text),
    multiple=True,
    help=(
        "What goes wrong from the start, as 'POST /send/text=ack_timeout:2'. WHAT is "
        "a status, the name of an error, drop-before, drop-after or seconds (1.5s)."
    ),
)
@click.option(
    "--offline", multiple=True, metavar="NAME", help="An instance that is down."
)
@click.option(
    "--offline-latency",
    type=_SECONDS,
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="How long an instance that is down takes to say so; the real one 36 to 48.",
)
@click.option(
    "--unregistered",
    multiple=True,
    metavar="NUMBER",
    help="A number, in digits, that is not on WhatsApp; so are those on 0000.",
)
@click.option("--unlicensed", is_flag=True, help="Answer as without a licence.")
def simulate(
    *,
    host: str,
    port: int,
    instances: Sequence[Instance],
    webhook: str | None,
    offline: Sequence[str],
    **behaviour: Any,
) -> None:
    """Be an Evolution Go server that shows what a phone would.

    It serves the whole API, sends webhooks and fails on request. Nothing leaves this
    machine but the webhooks. Ctrl-C ends it.
    """
    if webhook is not None and not is_address(webhook):
        raise click.BadParameter(
            "must be an address such as http://127.0.0.1:8484/…",
            param_hint="--webhook",
        )
    _hold_names(instances, offline)
    listening = [
        dataclasses.replace(each, webhook=webhook, online=each.name not in offline)
        for each in instances
    ]
    try:
        serve(
            listening,
            host=host,
            port=port,
            behaviour=_behaviour(**behaviour),
            ready=_announce,
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--instance") from error
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; "
            "choose another with --host or --port"
        ) from error


def _hold_names(instances: Sequence[Instance], offline: Sequence[str]) -> None:
    unknown = set(offline) - {each.name for each in instances}
    if unknown:
        raise click.BadParameter(
            f"there is no instance {', '.join(sorted(unknown))}", param_hint="--offline"
        )


def _behaviour(
    *,
    faults: Sequence[FaultRule],
    unregistered: Sequence[str],
    unlicensed: bool,
    **same: Any,
) -> Behaviour:
    return Behaviour(
        faults=tuple(faults),
        unregistered=frozenset(unregistered),
        licensed=not unlicensed,
        **same,
    )


def _announce(simulator: Simulator) -> None:
    url, first = simulator.url, simulator.instances.first()
    click.echo(f"Evolution Go, simulated, on {url}")
    for instance in simulator.instances:
        click.echo(f"  instance {instance.name}, key {instance.token}")
    click.echo(f"  admin key {simulator.behaviour.admin_key}")
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
