"""How chats stand in the list, and the request for older messages."""

from typing import Any

from recado.simulator.answer import CRASHED, Answer, success
from recado.simulator.body import Body
from recado.simulator.envelopes import envelope
from recado.simulator.fields import Fields, flag, inside, jid, moment, text, whole
from recado.simulator.message_head import to_nanosecond
from recado.simulator.number_checks import number_always
from recado.simulator.recipient import address_of
from recado.simulator.route import Call, Handler, Route
from recado.simulator.routes.messages import NO_TIME
from recado.simulator.sending import WEB_PREFIX

_ON_DEMAND = 6
"""The kind of a history that was asked for."""


def sets(**state: bool) -> Handler:
    """Return the handler that puts a chat into that state."""

    def answer(call: Call) -> Answer:
        chat = address_of(call.text("chat"))
        if chat is None:
            return call.fails("invalid_phone_number")
        for name, value in state.items():
            setattr(call.account.chat(chat), name, value)
        return success({"timestamp": NO_TIME})

    return answer


def history_sync(call: Call) -> Answer:
    """``POST /chat/history-sync``: the messages come as an event."""
    about = call.values.get("messageInfo")
    if about is None:
        return CRASHED
    simulation, instance = call.simulation, call.instance
    simulation.tell(instance, envelope(instance, "HistorySync", _history(call, about)))
    return success(
        {
            "Timestamp": to_nanosecond(simulation.outside.clock.now()),
            "ID": WEB_PREFIX + simulation.outside.token(9).upper(),
            "ServerID": 0,
            "DebugTimings": {"Queue": 0, "Marshal": 0, "Send": 0, "Resp": 0},
            "Sender": instance.device_jid,
        }
    )


def _history(call: Call, about: dict[str, Any]) -> dict[str, Any]:
    chat = about.get("Chat", "")
    shown = [
        {
            "message": {
                "key": {"remoteJID": chat, "fromMe": True, "ID": message.id},
                "message": dict(message.content),
            },
            "msgOrderID": place,
        }
        for place, message in enumerate(call.simulation.phone.shown(), 1)
        if (message.instance, message.chat) == (call.instance.name, chat)
    ]
    most = call.values.get("count", 0)
    conversation = {"ID": chat, "messages": shown[-most:] if most > 0 else shown}
    return {
        "Data": {
            "syncType": _ON_DEMAND,
            "conversations": [conversation],
            "chunkOrder": 1,
            "progress": 100,
        }
    }


_CHAT = Body(
    struct="BodyStruct",
    fields=Fields(
        text("chat", "chat is required"),
    ),
    check=number_always,
)
_HISTORY = Body(
    struct="HistorySyncRequestStruct",
    fields=Fields(
        inside(
            "messageInfo",
            "types.MessageInfo",
            jid("Chat"),
            jid("Sender"),
            flag("IsFromMe"),
            flag("IsGroup"),
            text("ID"),
            moment("Timestamp"),
        ),
        whole("count"),
    ),
)

ROUTES = (
    Route("POST", "/chat/pin", sets(pinned=True), _CHAT),
    Route("POST", "/chat/unpin", sets(pinned=False), _CHAT),
    Route("POST", "/chat/archive", sets(archived=True), _CHAT),
    Route("POST", "/chat/unarchive", sets(archived=False), _CHAT),
    Route("POST", "/chat/mute", sets(muted=True), _CHAT),
    Route("POST", "/chat/unmute", sets(muted=False), _CHAT),
    Route("POST", "/chat/history-sync", history_sync, _HISTORY),
)
