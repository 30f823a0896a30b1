"""What every send has in common: recipient, delay, phone, webhook, answer."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recado.simulator.answer import Answer, failure, success
from recado.simulator.envelopes import context_of, send_message, sent
from recado.simulator.error_texts import answer_with_error
from recado.simulator.message_content import Said
from recado.simulator.receipts import after_send
from recado.simulator.recipient import GROUP, NEWSLETTER, PERSON, chat_of, trouble_with
from recado.simulator.route import Call, Handler

WEB_PREFIX = "3EB0"
"""What the ids of messages from this server begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is sent. ``text`` is what the phone shows, ``type`` the gateway's word.

    ``file`` is what a webhook carries along; ``announced`` is whether there is one.
    """

    kind: str
    type: str
    message: dict[str, Any]
    text: str = ""
    file: bytes | None = None
    announced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a message is made of: the request, the chat and the context it carries."""

    call: Call
    chat: str
    context: dict[str, Any]

    def text(self, name: str) -> str:
        """Return a text of the body, "" when it is not there."""
        return self.call.text(name)


Build = Callable[[Draft], Content | Answer]


def sends(build: Build) -> Handler:
    """Return the handler that sends what ``build`` makes of a request."""

    async def answer(call: Call) -> Answer:
        return await send(call, build)

    return answer


async def send(call: Call, build: Build) -> Answer:
    """Answer a send when the message has reached the phone."""
    chat = _recipient(call)
    if isinstance(chat, Answer):
        return chat
    content = build(Draft(call=call, chat=chat, context=_context(call, chat)))
    if isinstance(content, Answer):
        return content
    await call.simulation.pause(call.values.get("delay", 0) / 1000)
    return _sent(call, chat, content)


def _recipient(call: Call) -> str | Answer:
    number, route = call.text("number"), call.asked.route
    chat = chat_of(number)
    if chat is None:
        return failure(500, f"could not parse phone: {number}")
    user, _, server = chat.partition("@")
    if server == PERSON and not call.simulation.behaviour.is_registered(user):
        return failure(500, f"number {number} is not registered on WhatsApp")
    trouble = trouble_with(chat)
    if trouble is not None:
        return answer_with_error(trouble, route)
    return _group(call, chat) if server == GROUP else chat


def _group(call: Call, chat: str) -> str | Answer:
    group = call.simulation.group_of_others(chat, call.instance)
    if call.instance.jid in group.members:
        return chat
    return failure(
        500, "failed to get group members: you're not participating in that group"
    )


def _context(call: Call, chat: str) -> dict[str, Any]:
    mentioned: list[str] = []
    if chat.endswith(f"@{GROUP}"):
        mentioned = call.values.get("mentionedJid", [])
        group = call.simulation.groups.find(chat)
        if not mentioned and group is not None and call.values.get("mentionAll"):
            mentioned = list(group.members)
    return context_of(_quoted(call), mentioned)


def _quoted(call: Call) -> Mapping[str, str] | None:
    quoted: Mapping[str, str] = call.values.get("quoted", {})
    return {name: value for name, value in quoted.items() if value} or None


def _sent(call: Call, chat: str, content: Content) -> Answer:
    simulation, instance = call.simulation, call.instance
    said = Said(
        id=call.text("id") or WEB_PREFIX + simulation.outside.token(9).upper(),
        at=simulation.outside.clock.now(),
        text=content.text,
        chat=chat,
    )
    simulation.phone.receive(
        instance=instance.name,
        chat=chat,
        id=said.id,
        text=content.text,
        kind=content.kind,
        content=content.message,
    )
    data = sent(
        instance,
        said,
        type=content.type,
        message=content.message,
        quoted=_quoted(call),
    )
    if chat.endswith(f"@{NEWSLETTER}"):
        data["Info"]["ServerID"] = simulation.newsletters.post(
            chat, id_=said.id, type_=content.type, at=said.at, message=content.message
        )
    if content.announced and instance.webhook is not None:
        simulation.tell(
            instance, send_message(instance, said, data=_with_file(data, content))
        )
    after_send(simulation, instance, said)
    return success(data)


def _with_file(data: dict[str, Any], content: Content) -> dict[str, Any]:
    if content.file is None:
        return data
    encoded = {"base64": b64encode(content.file).decode()}
    return data | {"Message": data["Message"] | encoded}
