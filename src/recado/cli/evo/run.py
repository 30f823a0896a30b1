"""A command through the SDK, to the document that it ends with."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from recado.cli.evo.access import Access
from recado.cli.evo.argument import Row
from recado.cli.evo.build import call_of
from recado.cli.evo.calls import Calls, Made
from recado.cli.evo.document import DONE, FAILED, WRONG_USAGE, Ended, as_shown
from recado.cli.evo.failure import failure
from recado.cli.evo.interrupt import Underway
from recado.cli.evo.parse import Asked
from recado.cli.evo.plain import namer_of
from recado.cli.evo.shortcut import FirstAnswer
from recado.errors import EvolutionError, SettingsError

Sender = Callable[[Asked, Calls], Any]


def run(
    asked: Asked,
    access: Access,
    *,
    sleep: Callable[[float], None],
    first: FirstAnswer | None = None,
    underway: Underway,
) -> Ended:
    """Make a command's calls and return how they ended.

    ``sleep`` waits between tries; ``first`` is what the first try gave, if it was made,
    and ``underway`` is told how far the calls are.
    """
    calls = Calls(access, asked.options, sleep=sleep, first=first, underway=underway)
    try:
        sender = _sender_of(asked.row) if asked.row.sender else call
        return Ended(sender(asked, calls), DONE)
    except EvolutionError as error:
        return Ended(failure(error, calls.command), FAILED)
    except SettingsError as error:
        return Ended({"error": str(error), "category": "config"}, FAILED)
    except ValueError as error:
        return Ended({"error": f"Wrong arguments: {error}"}, WRONG_USAGE)


def call(asked: Asked, calls: Calls) -> Any:
    """Make the one call of a command and return what it answered."""
    command = call_of(asked.row, asked.values).completed(
        namer_of(asked.instance or calls.access.instance)
    )
    made = calls.make(command)
    shown = as_shown(asked.row.name, made.answer)
    change = _CHANGES.get(asked.row.name)
    return change(asked, made, shown) if change else shown


def _with_token(asked: Asked, made: Made[Any], shown: Any) -> Any:
    """Show the token that was made here: nobody else knows it."""
    command: Any = made.command
    if "token" not in asked.values:
        shown["data"]["token"] = command.token
    return shown


def _status(asked: Asked, made: Made[Any], shown: Any) -> Any:  # noqa: ARG001 -- one of the changes
    """Return the status of an offline instance as later versions tell it."""
    if made.reply.connected:
        return shown
    told = {
        "Connected": False,
        "LoggedIn": made.reply.logged_in,
        "Name": made.reply.name,
    }
    return {"message": "success", "data": told, "reason": shown.get("error", "")}


_CHANGES: dict[str, Callable[[Asked, Made[Any], Any], Any]] = {
    "create_instance": _with_token,
    "status": _status,
}


def _sender_of(row: Row) -> Sender:
    module, _, name = row.sender.partition(":")
    sender: Sender = getattr(import_module(f"recado.cli.evo.{module}"), name)
    return sender
