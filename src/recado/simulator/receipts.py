"""How far a message got: delivered, then read; kept and told."""

from recado.simulator.envelopes import receipt
from recado.simulator.instances import Instance
from recado.simulator.message_content import Said
from recado.simulator.recipient import PERSON
from recado.simulator.simulation import Receipts, Simulation
from recado.simulator.state.account import Receipt

DELIVERED, READ = "Delivered", "Read"
_STEPS: dict[Receipts, tuple[str, ...]] = {
    "none": (),
    "delivered": (DELIVERED,),
    "read": (DELIVERED, READ),
}
RECEIPTS = tuple(_STEPS)
"""How far messages get by themselves."""


def after_send(simulation: Simulation, instance: Instance, said: Said) -> None:
    """Let a message get as far as messages do by themselves."""
    _know_contact(simulation, instance, said.chat)
    for state in _STEPS[simulation.behaviour.receipts]:
        give_receipt(simulation, instance, said.chat, ids=[said.id], state=state)


def give_receipt(
    simulation: Simulation, instance: Instance, chat: str, *, ids: list[str], state: str
) -> list[str]:
    """Say that messages were ``Delivered`` or ``Read``; return those that are there."""
    at = simulation.outside.clock.now()
    known = [
        id_
        for id_ in ids
        if simulation.phone.mark((instance.name, chat, id_), state.lower())
    ]
    for id_ in known:
        simulation.account(instance).receipts[id_] = Receipt(
            id=id_, status=state, at=at
        )
    if known:
        told = receipt(instance, known, at=at, state=state, chat=chat)
        simulation.tell(instance, told)
    return known


def _know_contact(simulation: Simulation, instance: Instance, chat: str) -> None:
    if chat.endswith(f"@{PERSON}"):
        simulation.account(instance).contacts.setdefault(chat, "")
