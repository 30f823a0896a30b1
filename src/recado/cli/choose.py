"""Which executions a command means: its options, and the API's filter."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import click

from recado.clock import Clock, SystemClock
from recado.model.category import Category
from recado.model.status import DEAD_LETTERS, Status

Command = TypeVar("Command", bound=Callable[..., None])

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_NAMES = {"trigger": "trigger_id"}
FILTER_OPTIONS = (
    *("status", "category", "trigger", "fingerprint", "q", "since", "until"),
)


def read_moment(text: str, *, now: datetime) -> datetime:
    """Return a moment in UTC from ISO 8601, or from an age such as ``90m``.

    A moment without a zone is taken as UTC.

    Raises:
        ValueError: It is neither.
    """
    age = re.fullmatch(r"(\d{1,6})([mhd])", text)
    if age:
        return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=now.tzinfo)
    return moment.astimezone(now.tzinfo)


def moment_reader(
    clock: Clock,
) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """Return the callback of an option that becomes ISO 8601 in UTC."""

    def read(
        ctx: click.Context, param: click.Parameter, value: str | None
    ) -> str | None:
        if value is None:
            return None
        try:
            return read_moment(value, now=clock.now()).isoformat()
        except (ValueError, OverflowError) as error:
            raise click.BadParameter(
                f"'{value}' is no moment; write 2026-03-25T20:00 (UTC), or an age "
                "such as 30m, 2h or 7d",
                ctx=ctx,
                param=param,
            ) from error

    return read


def filter_options(*, dead_letters: bool) -> Callable[[Command], Command]:
    """Give a command the options that choose executions."""
    statuses = sorted(DEAD_LETTERS) if dead_letters else list(Status)
    read = moment_reader(SystemClock())
    options = (
        click.option("--status", type=click.Choice([str(one) for one in statuses])),
        click.option("--category", type=click.Choice([str(one) for one in Category])),
        click.option("--trigger", type=int, help="Id of the trigger."),
        click.option("--fingerprint", help="Cause, as `recado dlq groups` shows it."),
        click.option("--q", help="Text in the keys or the error."),
        click.option(
            "--since", callback=read, help="Accepted from then on: 2h, or ISO."
        ),
        click.option("--until", callback=read, help="Accepted before then."),
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def filter_of(chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the API's filter of the options that were given."""
    return {
        _NAMES.get(name, name): chosen[name]
        for name in FILTER_OPTIONS
        if chosen.get(name) is not None
    }
