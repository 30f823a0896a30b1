"""What can be done with messages that are there: react, read, edit, delete, look."""

from base64 import b64encode
from typing import Any

from recado.simulator.answer import Answer, success
from recado.simulator.body import Body
from recado.simulator.envelopes import sent
from recado.simulator.fields import Fields, anything, flag, text, texts
from recado.simulator.message_content import Said
from recado.simulator.number_checks import named, number_always
from recado.simulator.recipient import address_of
from recado.simulator.route import Call, Route, Session
from recado.simulator.sending import WEB_PREFIX
from recado.simulator.state.account import Typing

NO_TIME = "0001-01-01 00:00:00 +0000 UTC"
"""What ``timestamp`` says on every route that has one."""

_REMOVED = "remove"
_DOWNLOADED = ("image", "audio", "document", "video", "sticker")


def react(call: Call) -> Answer:
    """``POST /message/react``: "remove" takes the reaction away.

    The stanza goes out under the id of the message that it is about.
    """
    id_, chat = call.text("id"), call.text("number")
    if not id_:
        return call.fails("missing_reaction_target")
    now, reaction = call.simulation.outside.clock.now(), call.text("reaction")
    shown = "" if reaction == _REMOVED else reaction
    own = call.values.get("fromMe", False)
    call.simulation.phone.react(
        (call.instance.name, chat, id_), shown, own=own, by=call.instance.jid
    )
    key = {"remoteJID": chat, "fromMe": own, "ID": id_}
    if call.text("participant"):
        key["participant"] = call.text("participant")
    body = {"key": key, "text": shown, "senderTimestampMS": int(now.timestamp() * 1000)}
    said = Said(id=id_, at=now, text=shown, chat=chat)
    data = sent(
        call.instance, said, type="ReactionMessage", message={"reactionMessage": body}
    )
    return success(data | {"MessageContextInfo": None})


def set_presence(call: Call) -> Answer:
    """``POST /message/presence``: any word is passed on."""
    call.account.typing.append(
        Typing(
            chat=call.text("number"),
            state=call.text("state"),
            audio=call.values.get("isAudio", False),
        )
    )
    return success({"timestamp": NO_TIME})


def mark_read(call: Call) -> Answer:
    """``POST /message/markread``."""
    call.account.read += [(call.text("number"), id_) for id_ in call.values["id"]]
    return success({"timestamp": NO_TIME})


def download_media(call: Call) -> Answer:
    """``POST /message/downloadmedia``: files that went through here."""
    message: dict[str, Any] = call.values.get("message", {})
    for kind in _DOWNLOADED:
        described = message.get(f"{kind}Message")
        if isinstance(described, dict):
            return _downloaded(call, kind, described)
    return call.fails("invalid_media_type")


def message_status(call: Call) -> Answer:
    """``POST /message/status``: nothing until a receipt came in, of any instance."""
    result, id_ = None, call.text("id")
    if call.simulation.behaviour.saves_messages:
        for instance in call.simulation.instances:
            receipt = call.simulation.account(instance).receipts.get(id_)
            if receipt is not None:
                result = {
                    "id": id_,
                    "message_id": id_,
                    "timestamp": receipt.at.strftime("%Y-%m-%d %H:%M:%S +0000 UTC"),
                    "status": receipt.status,
                    "source": instance.jid,
                }
    return success({"result": result, "timestamp": NO_TIME})


def delete_message(call: Call) -> Answer:
    """``POST /message/delete``: for everyone; own messages only."""
    chat = address_of(call.text("chat"))
    if chat is None:
        return call.fails("invalid_phone_number")
    call.simulation.phone.delete((call.instance.name, chat, call.text("messageId")))
    return success({"messageId": _stanza_id(call), "timestamp": NO_TIME})


def edit_message(call: Call) -> Answer:
    """``POST /message/edit``: texts only; nothing says that there was none."""
    chat = address_of(call.text("chat"))
    if chat is None:
        return call.fails("invalid_phone_number")
    key = (call.instance.name, chat, call.text("messageId"))
    call.simulation.phone.edit(key, call.text("message"))
    return success({"messageId": _stanza_id(call), "timestamp": NO_TIME})


def _downloaded(call: Call, kind: str, described: dict[str, Any]) -> Answer:
    path = described.get("directPath") or ""
    if not path and not described.get("URL"):
        return call.fails_with(f"Failed to download {kind} no url present")
    file = call.simulation.files.get(path, b"a file of the simulator")
    mime = described.get("mimetype") or "application/octet-stream"
    return success(
        {
            "base64": f"data:{mime};base64,{b64encode(file).decode()}",
            "timestamp": NO_TIME,
        }
    )


def _stanza_id(call: Call) -> str:
    return WEB_PREFIX + call.simulation.outside.token(9).upper()


_NUMBER = text("number", "phone number is required")
_TARGET = (text("chat", "chat is required"), text("messageId", "messageId is required"))

ROUTES = (
    Route(
        "POST",
        "/message/react",
        react,
        Body(
            struct="ReactStruct",
            fields=Fields(
                _NUMBER,
                text("reaction", "message reaction is required"),
                text("id"),
                flag("fromMe"),
                text("participant"),
            ),
            check=named("number"),
        ),
    ),
    Route(
        "POST",
        "/message/presence",
        set_presence,
        Body(
            struct="ChatPresenceStruct",
            fields=Fields(_NUMBER, text("state", "state is required"), flag("isAudio")),
            check=number_always,
        ),
    ),
    Route(
        "POST",
        "/message/markread",
        mark_read,
        Body(
            struct="MarkReadStruct",
            fields=Fields(_NUMBER, texts("id", "id is required")),
            check=number_always,
        ),
    ),
    Route(
        "POST",
        "/message/downloadmedia",
        download_media,
        Body(
            struct="DownloadMediaStruct",
            fields=Fields(
                anything("message"),
            ),
        ),
    ),
    Route(
        "POST",
        "/message/status",
        message_status,
        Body(
            struct="MessageStatusStruct",
            fields=Fields(
                text("id", "id is required"),
            ),
        ),
        session=Session.ONLINE,
    ),
    Route(
        "POST",
        "/message/delete",
        delete_message,
        Body(struct="MessageStruct", fields=Fields(*_TARGET), check=number_always),
    ),
    Route(
        "POST",
        "/message/edit",
        edit_message,
        Body(
            struct="EditMessageStruct",
            fields=Fields(*_TARGET, text("message", "message is required")),
            check=number_always,
        ),
    ),
)
