"""What people do on the other side: they write, get, read and vote."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from recado.errors import InvalidError, NotFoundError, Problem
from recado.simulator.deliver import is_address
from recado.simulator.emission import IOS_PREFIX, read_emission
from recado.simulator.instances import Instance
from recado.simulator.message_changes import poll_vote
from recado.simulator.message_content import Said
from recado.simulator.phone import ShownMessage
from recado.simulator.receipts import DELIVERED, READ, give_receipt
from recado.simulator.recipient import chat_of, clean
from recado.simulator.simulation import Simulation
from recado.simulator.state.polls import Vote, option_hash
from recado.simulator.subscriptions import hears

EMISSION_ONLY = frozenset({"url", "instance", "wait"})
_VOTER = "5511990000001"

Check = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _may_be_text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


RECEIPT_FIELDS: dict[str, Check] = {
    "instance": _may_be_text,
    "number": _is_text,
    "ids": lambda value: value is None or _are_texts(value),
    "state": lambda value: value in (None, DELIVERED, READ),
}
VOTE_FIELDS: dict[str, Check] = {
    "instance": _may_be_text,
    "poll": _is_text,
    "options": _are_texts,
    "number": _may_be_text,
    "name": _may_be_text,
}


async def emit_events(simulation: Simulation, body: dict[str, Any]) -> dict[str, Any]:
    """Deliver the events that a request describes; see ``read_emission``.

    Raises:
        InvalidError: The request makes no sense, or there is nowhere to deliver to.
        NotFoundError: There is no such instance.
    """
    emission = read_emission(
        {name: value for name, value in body.items() if name not in EMISSION_ONLY}
    )
    instance = _instance(simulation, body)
    url = body.get("url", instance.webhook)
    if not isinstance(url, str) or not is_address(url):
        raise InvalidError([Problem("url", "must be an http address")])
    emitted = simulation.bodies(emission, instance)
    if "url" not in body and not hears(instance.subscribed, emission.event):
        emitted = []
    ids = [event.id for event in emitted]
    if body.get("wait") is True:
        ended = await simulation.deliver(url, emitted, repeat=emission.repeat)
        return {"ids": ids, "deliveries": [asdict(item) for item in ended]}
    simulation.deliver_later(url, emitted, repeat=emission.repeat)
    return {"ids": ids}


def mark_messages(simulation: Simulation, body: dict[str, Any]) -> dict[str, Any]:
    """Mark messages as delivered or read; without ``ids`` all of the chat.

    Raises:
        InvalidError: The request makes no sense.
        NotFoundError: There is no such instance, or none of the messages.
    """
    _hold(body, RECEIPT_FIELDS)
    instance, chat = _instance(simulation, body), _chat(body["number"])
    ids = body.get("ids") or [
        one.id
        for one in simulation.phone.shown()
        if (one.instance, one.chat) == (instance.name, chat)
    ]
    state = body.get("state") or READ
    marked = give_receipt(simulation, instance, chat, ids=ids, state=state)
    if not marked:
        raise NotFoundError(f"the phone shows no such message in {chat}")
    return {"ids": marked}


def cast_vote(simulation: Simulation, body: dict[str, Any]) -> dict[str, Any]:
    """Vote in a poll.

    Raises:
        InvalidError: The request makes no sense, or the poll has no such option.
        NotFoundError: There is no such instance or poll.
    """
    _hold(body, VOTE_FIELDS)
    instance = _instance(simulation, body)
    poll = simulation.phone.find(instance.name, body["poll"])
    if poll is None or poll.kind != "poll":
        raise NotFoundError(f"the phone shows no poll {body['poll']}")
    unknown = set(body["options"]) - _options(poll)
    if unknown:
        words = ", ".join(sorted(unknown))
        raise InvalidError([Problem("options", f"the poll does not offer {words}")])
    said = Said(
        id=IOS_PREFIX + simulation.outside.token(9).upper(),
        at=simulation.outside.clock.now(),
        text=",".join(body["options"]),
        chat=poll.chat,
        push_name=body.get("name") or "Alice Example",
        sender=_chat(body.get("number") or _VOTER),
        about=poll.id,
    )
    simulation.votes.cast(_vote(said, body["options"]))
    simulation.tell(instance, poll_vote(instance, said))
    return {"id": said.id}


def _vote(said: Said, options: list[str]) -> Vote:
    return Vote(
        poll=said.about,
        chat=said.chat,
        message_id=said.id,
        voter=said.author,
        voter_name=said.push_name,
        options=tuple(option_hash(option) for option in options),
        at=said.at,
    )


def _options(poll: ShownMessage) -> set[str]:
    offered = poll.content["pollCreationMessage"]["options"]
    return {option["optionName"] for option in offered}


def _instance(simulation: Simulation, body: Mapping[str, Any]) -> Instance:
    name = body.get("instance")
    return simulation.first() if name is None else simulation.named(str(name))


def _chat(number: str) -> str:
    cleaned = clean(number)
    chat = chat_of(cleaned) if cleaned else None
    if chat is None:
        raise InvalidError([Problem("number", "must be a number or an address")])
    return chat


def _hold(body: Mapping[str, Any], checks: Mapping[str, Check]) -> None:
    problems = [
        Problem(name, "is not known") for name in sorted(body.keys() - checks.keys())
    ]
    problems += [
        Problem(name, "is missing or not what it should be")
        for name, check in checks.items()
        if not check(body.get(name))
    ]
    if problems:
        raise InvalidError(problems)
