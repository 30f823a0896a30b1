"""``recado doctor``: look at everything, and say what to do."""

import asyncio
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import click

from recado.brokers.look import BrokerLook, look_at_amqp, look_at_nats
from recado.cli.doctor.ask_gateway import ask_gateway
from recado.cli.doctor.ask_server import ask_server
from recado.cli.doctor.facts import Facts
from recado.cli.doctor.finding import Finding, Level, problem
from recado.cli.doctor.judge_disk import judge_disk
from recado.cli.doctor.judge_gateway import judge_gateway
from recado.cli.doctor.judge_server import judge_brokers, judge_server
from recado.cli.doctor.judge_wiring import judge_wiring
from recado.cli.doctor.look_at_disk import look_at_disk
from recado.cli.evo.access import Access, read_access
from recado.cli.evo.dotenv import read_dotenv
from recado.cli.output import write_json, write_line
from recado.clock import SystemClock
from recado.errors import SettingsError
from recado.settings import Settings, read_settings

FAILED = 1

# A key that is given is not made: the doctor leaves no file behind.
_NO_NEW_KEY = {"RECADO_SECRET_KEY": "not used"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
@click.option(
    "--gateway-env",
    type=click.Path(exists=True, dir_okay=False),
    help="The gateway's own .env, to look for its global webhook and brokers.",
)
@click.option("--env-file", default="", help="Instead of the nearest .env.")
def doctor(*, as_json: bool, gateway_env: str | None, env_file: str) -> None:
    """Find out why events do not arrive, and what else is amiss; changes nothing.

    Looks at the settings, the data folder, the running server, the brokers, the
    gateway, and how they are wired. Ends with 1 if there is a problem.
    """
    findings = examine(gateway_env=gateway_env, env_file=env_file)
    if as_json:
        write_json({"ok": not _is_bad(findings), "findings": findings})
    else:
        _write(findings)
    if _is_bad(findings):
        raise SystemExit(FAILED)


def examine(*, gateway_env: str | None, env_file: str) -> list[Finding]:
    """Gather the facts, and return what is found in them."""
    try:
        # what the environment says wins over the doctor's own key
        settings = read_settings({**_NO_NEW_KEY, **os.environ})  # noqa: TID251
    except SettingsError as error:
        return [
            problem("settings", "settings", line, advice="set it right, and try again")
            for line in str(error).splitlines()
        ]
    facts = Facts(
        disk=look_at_disk(settings.data_dir, database_url=settings.database_url),
        server=ask_server(),
        gateway=ask_gateway(_access(env_file), SystemClock()),
        brokers=asyncio.run(_look_at_brokers(settings)),
        gateway_settings=_gateway_settings(gateway_env),
    )
    return judge(facts)


def judge(facts: Facts) -> list[Finding]:
    """Return all findings, in the order in which they are best mended."""
    return [
        *judge_disk(facts.disk),
        *judge_server(facts.server),
        *judge_brokers(facts),
        *judge_gateway(facts.gateway),
        *judge_wiring(facts),
    ]


async def _look_at_brokers(settings: Settings) -> tuple[BrokerLook, ...]:
    wanted, found = settings.brokers, []
    if wanted.amqp_url:
        found.append(await look_at_amqp(wanted.amqp_url, wanted.amqp_queues))
    if wanted.nats_url:
        found.append(await look_at_nats(wanted.nats_url, wanted.nats_stream))
    return tuple(found)


def _access(file: str) -> Access:
    try:
        return read_access(os.environ, folder=str(Path.cwd()), file=file)  # noqa: TID251
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read the .env: {error}") from error


def _gateway_settings(path: str | None) -> Mapping[str, str] | None:
    if path is None:
        return None
    try:
        return read_dotenv(path)
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error


def _is_bad(findings: list[Finding]) -> bool:
    return any(one.level is Level.PROBLEM for one in findings)


def _write(findings: list[Finding]) -> None:
    for one in findings:
        write_line(f"{_SIGNS[one.level]} {one.about}: {one.text}")
        if one.advice:
            write_line(f"  → {one.advice}")
    counted = Counter(one.level for one in findings)
    told = [
        f"{counted[level]} {level}{'' if counted[level] == 1 else 's'}"
        for level in (Level.PROBLEM, Level.WARNING)
        if counted[level]
    ]
    write_line()
    write_line(", ".join(told) + "." if told else "All is well.")


_SIGNS = {Level.OK: "✓", Level.NOTE: "·", Level.WARNING: "!", Level.PROBLEM: "✗"}
