"""Commands that change a part of what the gateway can only overwrite as a whole."""

from dataclasses import replace
from typing import Any

from recado.cli.evo.calls import Calls
from recado.cli.evo.parse import Asked
from recado.errors import SettingsError
from recado.evolution.commands.instances import ListInstances
from recado.evolution.commands.profile import Privacy, SetPrivacy
from recado.evolution.commands.session import (
    AdvancedSettings,
    Connect,
    SetAdvancedSettings,
)
from recado.evolution.replies.instances import Instance

STORED = ("webhook_url", "subscribe", "rabbitmq", "nats", "websocket")
"""What connect overwrites."""

NOT_KEPT = (
    "connect overwrites the instance's webhook, events and queues all at once, and "
    "what is stored now can only be read with the server's global key. Set "
    "EVOLUTION_GO_ADMIN_KEY to keep what you do not give; or give --webhook, "
    "--subscribe, --rabbitmq, --nats and --websocket; or add --replace to clear the "
    "rest"
)


def connect(asked: Asked, calls: Calls) -> Any:
    """Store what is given, keep the rest, and start the session.

    Raises:
        SettingsError: The present settings are needed and cannot be read.
        ValueError: A value cannot be right.
        EvolutionError: A call failed.
    """
    given = {name: asked.values[name] for name in STORED if name in asked.values}
    cleared = Connect(webhook_url="")
    command = replace(cleared, **given)  # refuses nonsense before anything is asked
    if "replace" not in asked.values and given.keys() != set(STORED):
        command = replace(Connect.keeping(_present(calls)), **given)
    return calls.make(command).answer


def set_advanced_settings(asked: Asked, calls: Calls) -> Any:
    """Change what is given and keep the rest.

    Raises:
        ValueError, SettingsError, EvolutionError: See ``connect``.
    """
    instance = asked.values["instance_id"]
    now = calls.make(AdvancedSettings(instance_id=instance)).reply
    changed = replace(now, **_without(asked.values, "instance_id"))
    command = SetAdvancedSettings(
        instance_id=instance,
        always_online=changed.always_online,
        reject_call=changed.reject_call,
        msg_reject_call=changed.msg_reject_call,
        read_messages=changed.read_messages,
        ignore_groups=changed.ignore_groups,
        ignore_status=changed.ignore_status,
    )
    return calls.make(command).answer


def set_privacy(asked: Asked, calls: Calls) -> Any:
    """Change what is given and keep the rest.

    Raises:
        ValueError, SettingsError, EvolutionError: See ``connect``.
    """
    now = calls.make(Privacy()).reply
    command = SetPrivacy(
        group_add=now.group_add,
        last_seen=now.last_seen,
        status=now.status,
        profile=now.profile,
        read_receipts=now.read_receipts,
        call_add=now.call_add,
        online=now.online,
    )
    return calls.make(replace(command, **asked.values)).answer


def _present(calls: Calls) -> Instance:
    """Return the instance whose token is in use, as it is stored now."""
    access = calls.access
    if not access.admin_key:
        raise SettingsError(NOT_KEPT)
    for instance in calls.make(ListInstances()).reply:
        if access.key and instance.token.reveal() == access.key:
            return instance
    raise SettingsError(
        "EVOLUTION_GO_KEY is the token of no instance that EVOLUTION_GO_ADMIN_KEY shows"
    )


def _without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {field: value for field, value in values.items() if field != name}
