"""``summary``: each instance with its status."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from recado.cli.evo.calls import Calls
from recado.cli.evo.parse import Asked
from recado.errors import EvolutionError
from recado.evolution.commands.instances import ListInstances
from recado.evolution.commands.session import InstanceStatus
from recado.evolution.replies.instances import Instance

AT_ONCE = 8
"""How many instances are asked at the same time; each may take 2 s."""


def summary(asked: Asked, calls: Calls) -> Any:  # noqa: ARG001 -- it takes no arguments
    """Return every instance with whether it can send, and how many can.

    An instance that could not be asked says why, and does not spoil the others.

    Raises:
        SettingsError, EvolutionError: The instances could not be listed.
    """
    instances = calls.make(ListInstances()).reply
    with ThreadPoolExecutor(AT_ONCE) as pool:
        shown = list(pool.map(lambda one: _shown(one, calls), instances))
    return {
        "message": "success",
        "data": {
            "total": len(shown),
            "ready": sum(one["status"] == "ready" for one in shown),
            "instances": shown,
        },
    }


def _shown(instance: Instance, calls: Calls) -> dict[str, Any]:
    return {
        "id": instance.id,
        "name": instance.name,
        "jid": instance.jid,
        "webhook": instance.webhook,
        "events": list(instance.events),
    } | _status(instance, calls)


def _status(instance: Instance, calls: Calls) -> dict[str, Any]:
    try:
        status = calls.make(
            InstanceStatus(), token=instance.token.reveal(), tries=1
        ).reply
    except EvolutionError as error:
        return {"status": "unknown", "error": str(error)}
    facts = {"connected": status.connected, "loggedIn": status.logged_in}
    if status.ready:
        return {"status": "ready"} | facts
    return {"status": "not paired" if status.connected else "offline"} | facts
