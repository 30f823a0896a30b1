"""The routes of Evolution Go that the stand-in has."""

from collections.abc import Awaitable, Callable

from recado.simulator.answer import (
    NOT_FOUND,
    Answer,
    Asked,
    failure,
    success,
)
from recado.simulator.envelopes import send_message, sent_text
from recado.simulator.error_texts import answer_with_error, licence_refusal
from recado.simulator.instances import Instance
from recado.simulator.message_content import Said
from recado.simulator.recipient import PERSON, chat_of, trouble_with
from recado.simulator.send_text import SendText, read_send_text
from recado.simulator.simulation import Simulation

Handler = Callable[[Simulation, Instance, Asked], Awaitable[Answer]]

WEB_PREFIX = "3EB0"
"""What the ids of messages from this server begin with."""

_LIVENESS = "GET /server/ok"
_ALIVE = Answer(status=200, body=b'{"status":"ok"}')
_OPTIONS = Answer(status=200)


async def answer_request(simulation: Simulation, asked: Asked) -> Answer:
    """Return what the gateway answers: licence, route and key come in this order."""
    if asked.method == "OPTIONS":
        return _OPTIONS
    route = asked.route
    if route == _LIVENESS:
        return _ALIVE
    if not simulation.behaviour.licensed:
        return licence_refusal()
    handler = ROUTES.get(route)
    if handler is None:
        return NOT_FOUND
    instance = simulation.instances.find_by_token(asked.apikey)
    if instance is None:
        return answer_with_error("not_authorized", route)
    return await handler(simulation, instance, asked)


async def instance_status(
    simulation: Simulation, instance: Instance, asked: Asked
) -> Answer:
    """Answer ``GET /instance/status``: an instance that is down is an error."""
    del simulation
    if not instance.online:
        return answer_with_error("client_disconnected", asked.route)
    name = instance.push_name if instance.logged_in else ""
    return success({"Connected": True, "LoggedIn": instance.logged_in, "Name": name})


async def send_text(simulation: Simulation, instance: Instance, asked: Asked) -> Answer:
    """Answer ``POST /send/text`` when the message has reached the phone."""
    wanted = read_send_text(asked)
    if isinstance(wanted, Answer):
        return wanted
    if not instance.online:
        await _pause(simulation, simulation.behaviour.offline_latency)
        return answer_with_error("client_disconnected", asked.route)
    if not instance.logged_in:
        return answer_with_error("not_logged_in", asked.route)
    chat = _recipient(simulation, wanted, asked.route)
    if isinstance(chat, Answer):
        return chat
    await _pause(simulation, wanted.delay / 1000)
    return _sent(simulation, instance, wanted, chat=chat)


ROUTES: dict[str, Handler] = {
    "GET /instance/status": instance_status,
    "POST /send/text": send_text,
}


async def _pause(simulation: Simulation, seconds: float) -> None:
    if seconds > 0:
        await simulation.outside.sleep(seconds)


def _recipient(simulation: Simulation, wanted: SendText, route: str) -> str | Answer:
    chat = chat_of(wanted.number)
    if chat is None:
        return failure(500, f"could not parse phone: {wanted.number}")
    user, _, server = chat.partition("@")
    if server == PERSON and not simulation.behaviour.is_registered(user):
        return failure(500, f"number {wanted.number} is not registered on WhatsApp")
    trouble = trouble_with(chat)
    return chat if trouble is None else answer_with_error(trouble, route)


def _sent(
    simulation: Simulation, instance: Instance, wanted: SendText, *, chat: str
) -> Answer:
    said = Said(
        id=wanted.id or WEB_PREFIX + simulation.outside.token(9).upper(),
        at=simulation.outside.clock.now(),
        text=wanted.text,
        chat=chat,
    )
    simulation.phone.receive(
        instance=instance.name, chat=chat, id=said.id, text=said.text
    )
    data = sent_text(
        instance, said, quoted=dict(wanted.quoted), mentioned=wanted.mentioned
    )
    if instance.webhook is not None:
        simulation.tell(instance, send_message(instance, said, data=data))
    return success(data)
