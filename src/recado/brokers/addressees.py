"""Whom a broker's event is for: it comes to no trigger's URL, so its token decides."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from recado.intake.sources.evolution_go import EvolutionGo
from recado.intake.verify import is_token
from recado.model.ids import TriggerId
from recado.model.trigger import Trigger, TriggerType


class Addressees(NamedTuple):
    """The triggers that an event is handed to.

    ``proven`` tells that it holds the token of each. Else it holds none that is known,
    and these are the triggers it may have been meant for: they refuse it, note why,
    and keep it until the token is set right.
    """

    triggers: tuple[Trigger, ...]
    proven: bool


def find_addressees(
    body: Any, triggers: Iterable[Trigger], *, instances: Mapping[TriggerId, str]
) -> Addressees:
    """Return whom an event is for; ``body`` is its JSON value, None if it has none.

    That is every enabled trigger of Evolution Go whose ``instance_token`` is the
    event's; if only disabled ones have it, these. ``instances`` are the names of the
    instances whose events triggers have taken. An event of another instance is
    none of theirs; it is for nobody when nobody else is left.
    """
    takers = [
        one
        for one in triggers
        if one.source == EvolutionGo.name
        and one.type is TriggerType.WEBHOOK
        and one.settings.instance_token
    ]
    given = body.get("instanceToken") if isinstance(body, dict) else None
    own = [one for one in takers if _has_token(one, given)]
    if own:
        enabled = [one for one in own if one.enabled]
        return Addressees(tuple(enabled or own), proven=True)
    name = instance_name(body)
    return Addressees(
        tuple(
            one
            for one in takers
            if one.enabled and (not name or instances.get(one.id, name) == name)
        ),
        proven=False,
    )


def instance_name(body: Any) -> str:
    """Return the name of an event's instance, "" if it has none.

    An instance that is made anew gets another id and another token; its name stays.
    """
    name = body.get("instanceName") if isinstance(body, dict) else None
    return name if isinstance(name, str) else ""


def _has_token(trigger: Trigger, given: Any) -> bool:
    token = trigger.settings.instance_token
    return token is not None and is_token(given, token)
