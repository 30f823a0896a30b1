"""Labels of chats and messages."""

from recado.simulator.answer import DONE, Answer, bare
from recado.simulator.body import Body
from recado.simulator.fields import Fields, flag, text, whole
from recado.simulator.number_checks import number_always
from recado.simulator.recipient import address_of
from recado.simulator.route import Call, Route, Session
from recado.simulator.state.account import Label

_BAD_CHAT = "error parse community jid"
"""What the gateway says of a bad chat, although no community is meant."""


def label_chat(call: Call) -> Answer:
    """``POST /label/chat``."""
    return _label_chat(call, labeled=True)


def unlabel_chat(call: Call) -> Answer:
    """``POST /unlabel/chat``."""
    return _label_chat(call, labeled=False)


def label_message(call: Call) -> Answer:
    """``POST /label/message``."""
    return _label_message(call, labeled=True)


def unlabel_message(call: Call) -> Answer:
    """``POST /unlabel/message``."""
    return _label_message(call, labeled=False)


def edit_label(call: Call) -> Answer:
    """``POST /label/edit``: makes it when it is new; ``deleted`` takes it away."""
    labels, id_ = call.account.labels, call.text("labelId")
    if call.values.get("deleted"):
        labels.pop(id_, None)
    else:
        labels[id_] = Label(name=call.text("name"), color=call.values.get("color", 0))
    return DONE


def list_labels(call: Call) -> Answer:
    """``GET /label/list``: in no envelope."""
    return bare(
        [
            {
                "id": f"{call.instance.id}:{id_}",
                "instance_id": call.instance.id,
                "label_id": id_,
                "label_name": label.name,
                "label_color": str(label.color),
                "predefined_id": "0",
            }
            for id_, label in call.account.labels.items()
        ]
    )


def _label_chat(call: Call, *, labeled: bool) -> Answer:
    chat = address_of(call.text("jid"))
    if chat is None:
        return call.fails_with(_BAD_CHAT)
    pair = (chat, call.text("labelId"))
    if labeled:
        call.account.chat_labels.add(pair)
    else:
        call.account.chat_labels.discard(pair)
    return DONE


def _label_message(call: Call, *, labeled: bool) -> Answer:
    chat = address_of(call.text("jid"))
    if chat is None:
        return call.fails_with(_BAD_CHAT)
    triple = (chat, call.text("messageId"), call.text("labelId"))
    if labeled:
        call.account.message_labels.add(triple)
    else:
        call.account.message_labels.discard(triple)
    return DONE


_ON_CHAT = (text("jid", "jid is required"), text("labelId", "label id is required"))
_CHAT = Body(struct="ChatLabelStruct", fields=Fields(*_ON_CHAT), check=number_always)
_MESSAGE = Body(
    struct="MessageLabelStruct",
    fields=Fields(*_ON_CHAT, text("messageId", "message id is required")),
)
_EDIT = Body(
    struct="EditLabelStruct",
    fields=Fields(
        text("labelId", "label id is required"),
        text("name", "name is required"),
        whole("color"),
        flag("deleted"),
    ),
)

ROUTES = (
    Route("POST", "/label/chat", label_chat, _CHAT),
    Route("POST", "/unlabel/chat", unlabel_chat, _CHAT),
    Route("POST", "/label/message", label_message, _MESSAGE),
    Route("POST", "/unlabel/message", unlabel_message, _MESSAGE),
    Route("POST", "/label/edit", edit_label, _EDIT),
    Route("GET", "/label/list", list_labels, session=Session.ONLINE),
)
