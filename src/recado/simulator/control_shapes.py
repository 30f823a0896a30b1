"""What the control routes show, without any key."""

from dataclasses import asdict
from typing import Any

from recado import wire
from recado.errors import NotJsonError
from recado.simulator.faults import FaultRule
from recado.simulator.instances import Instance
from recado.simulator.phone import Key, ShownMessage
from recado.simulator.simulation import SeenRequest
from recado.simulator.state.account import Account


def shown_instance(instance: Instance) -> dict[str, Any]:
    """Return which instance it is and whether it is up."""
    return {
        "name": instance.name,
        "id": instance.id,
        "online": instance.online,
        "logged_in": instance.logged_in,
        "has_webhook": instance.webhook is not None,
    }


def shown_account(account: Account) -> dict[str, Any]:
    """Return what an instance has set up on its account, and did there."""
    return {
        "chats": {jid: asdict(state) for jid, state in account.chats.items()},
        "labels": {id_: asdict(label) for id_, label in account.labels.items()},
        "chat_labels": sorted(account.chat_labels),
        "message_labels": sorted(account.message_labels),
        "contacts": account.contacts,
        "blocked": account.blocked,
        "privacy": account.privacy,
        "typing": [asdict(one) for one in account.typing],
        "read": [{"chat": chat, "id": id_} for chat, id_ in account.read],
        "rejected_calls": list(account.rejected_calls),
        "status_text": account.status_text,
        "picture": account.picture,
    }


def shown_message(message: ShownMessage) -> dict[str, Any]:
    """Return a message as the recipient's phone shows it."""
    shown = asdict(message) | {
        "text": message.text,
        "edited": message.edited,
        "received": message.received,
    }
    del shown["edited_text"]
    return shown


def shown_reaction(key: Key, reaction: str) -> dict[str, Any]:
    """Return a reaction, and the message that it was given to."""
    instance, chat, id_ = key
    return {"instance": instance, "chat": chat, "id": id_, "reaction": reaction}


def shown_request(seen: SeenRequest) -> dict[str, Any]:
    """Return a request; a form is shown as its size."""
    asked = seen.asked
    if asked.says_form:
        body: Any = f"a form of {len(asked.body)} bytes"
    else:
        try:
            body = wire.decode(asked.body) if asked.body else None
        except NotJsonError:
            body = asked.body.decode(errors="replace")
    return {
        "method": asked.method,
        "path": asked.path,
        "instance": seen.instance,
        "body": body,
        "status": seen.status,
    }


def shown_rule(rule: FaultRule) -> dict[str, Any]:
    """Return a fault in force in the form in which it was asked for."""
    fault = rule.fault
    said: dict[str, Any] = {"latency": fault.latency} if fault.latency else {}
    if fault.drop:
        said["drop"] = "after" if fault.after else "before"
    elif fault.after:
        said["after"] = True
    if fault.error is not None:
        said["error"] = fault.error
    if fault.answer is not None:
        said["status"] = fault.answer.status
    return {
        "route": rule.route,
        "instance": rule.instance,
        "match": dict(rule.match),
        "skip": rule.skip,
        "times": rule.times,
        "fault": said,
    }
