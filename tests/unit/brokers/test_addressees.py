"""Whom a broker's event is for."""

from typing import Any

from recado.brokers.addressees import find_addressees
from recado.model.ids import TriggerId
from recado.model.redact import Secret
from recado.model.trigger import Trigger, TriggerSettings, TriggerType
from tests.helpers.builders import a_trigger

SALES = {"instanceName": "sales", "instanceToken": "token of sales"}
SUPPORT = {"instanceName": "support", "instanceToken": "token of support"}


def of(number: int, token: str | None = "token of sales", **changes: Any) -> Trigger:
    values: dict[str, Any] = {
        "id": TriggerId(number),
        "source": "evolution_go",
        "settings": TriggerSettings(instance_token=Secret(token) if token else None),
    }
    return a_trigger(**values | changes)


def found(
    body: Any, *triggers: Trigger, instances: dict[int, str] | None = None
) -> tuple[list[int], bool]:
    known = {TriggerId(number): name for number, name in (instances or {}).items()}
    addressees = find_addressees(body, triggers, instances=known)
    return [int(one.id) for one in addressees.triggers], addressees.proven


def test_it_is_for_every_enabled_trigger_with_its_token() -> None:
    triggers = [of(1), of(2), of(3, "token of support"), of(4, enabled=False)]

    assert found(SALES, *triggers) == ([1, 2], True)


def test_it_is_for_disabled_ones_when_nobody_else_has_its_token() -> None:
    assert found(SALES, of(1, enabled=False), of(2, "other")) == ([1], True)


def test_it_is_never_for_triggers_of_other_kinds() -> None:
    others = [
        of(1, source="custom"),
        of(2, None),
        of(3, type=TriggerType.EVENT),
    ]

    assert found(SALES, *others) == ([], False)


def test_a_wrong_token_is_for_those_it_may_have_been_meant_for() -> None:
    triggers = [of(1, "stale"), of(2, "stale too"), of(3, "off", enabled=False)]

    assert found(SALES, *triggers) == ([1, 2], False)


def test_an_event_of_another_instance_is_for_nobody_who_has_one() -> None:
    triggers = [of(1), of(2, "stale")]

    assert found(SUPPORT, *triggers, instances={1: "sales", 2: "support"}) == (
        [2],
        False,
    )
    assert found(SUPPORT, *triggers, instances={1: "sales", 2: "sales"}) == ([], False)


def test_what_cannot_be_read_is_for_all_who_take_events() -> None:
    strange: list[Any] = [None, [], "text", 1, {}, {"instanceToken": 5}]
    for body in strange:
        assert found(body, of(1), of(2, None), instances={1: "sales"}) == ([1], False)
