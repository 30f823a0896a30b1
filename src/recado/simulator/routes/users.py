"""What WhatsApp knows of people, and whom an account blocks."""

from hashlib import sha256
from typing import Any

from recado.simulator.answer import Answer, success
from recado.simulator.body import Body
from recado.simulator.fields import Fields, flag, text, texts
from recado.simulator.number_checks import number_always, number_unless_as_is
from recado.simulator.recipient import PERSON, person_of
from recado.simulator.route import Call, Route, Session
from recado.simulator.state.account import Account

_NUMBER_NEEDED = "phone number is required"


def user_info(call: Call) -> Answer:
    """``POST /user/info``: people who are not on WhatsApp are left out."""
    users = {
        f"{person_of(number)}@{PERSON}": {
            "VerifiedName": None,
            "Status": "",
            "PictureID": "",
            "Devices": [f"{person_of(number)}@{PERSON}"],
            "LID": None,
        }
        for number in call.values["number"]
        if call.simulation.behaviour.is_registered(person_of(number))
    }
    return success({"Users": users})


def check_numbers(call: Call) -> Answer:
    """``POST /user/check``."""
    return success({"Users": [_checked(call, one) for one in call.values["number"]]})


def user_avatar(call: Call) -> Answer:
    """``POST /user/avatar``: everybody on WhatsApp has a picture."""
    user = person_of(call.text("number"))
    if not call.simulation.behaviour.is_registered(user):
        return call.fails("avatar_absent")
    path = f"/v/t61.24694-24/{_digest(user)[:16]}.jpg"
    return success(
        {
            "url": f"https://pps.whatsapp.net{path}",
            "id": str(int(_digest(user)[:8], 16)),
            "type": "preview" if call.values.get("preview") else "image",
            "direct_path": path,
            "hash": None,
        }
    )


def contacts(call: Call) -> Answer:
    """``GET /user/contacts``: whom the account wrote to or heard from."""
    return success(
        [
            {
                "Jid": jid,
                "Found": True,
                "FirstName": name.partition(" ")[0],
                "FullName": name,
                "PushName": name,
                "BusinessName": "",
            }
            for jid, name in call.account.contacts.items()
        ]
    )


def block(call: Call) -> Answer:
    """``POST /user/block``."""
    jid, blocked = _person(call), call.account.blocked
    if jid not in blocked:
        blocked.append(jid)
    return success(_block_list(call.account))


def unblock(call: Call) -> Answer:
    """``POST /user/unblock``."""
    jid, blocked = _person(call), call.account.blocked
    if jid in blocked:
        blocked.remove(jid)
    return success(_block_list(call.account))


def blocklist(call: Call) -> Answer:
    """``GET /user/blocklist``."""
    return success(_block_list(call.account))


def _checked(call: Call, number: str) -> dict[str, Any]:
    user = person_of(number)
    there = user.isdigit() and call.simulation.behaviour.is_registered(user)
    jid = f"{user}@{PERSON}" if there else ""
    return {
        "Query": number,
        "IsInWhatsapp": there,
        "JID": jid,
        "RemoteJID": jid,
        "LID": None,
        "VerifiedName": "",
    }


def _person(call: Call) -> str:
    return f"{person_of(call.text('number'))}@{PERSON}"


def _block_list(account: Account) -> dict[str, Any]:
    # the hash changes with the list
    return {
        "DHash": _digest(",".join(account.blocked))[:16],
        "JIDs": list(account.blocked),
    }


def _digest(of: str) -> str:
    return sha256(of.encode()).hexdigest()


_ONE = (text("number", _NUMBER_NEEDED),)

ROUTES = (
    Route(
        "POST",
        "/user/info",
        user_info,
        Body(
            struct="CheckUserStruct",
            fields=Fields(texts("number", _NUMBER_NEEDED), flag("formatJid")),
            check=number_always,
        ),
    ),
    Route(
        "POST",
        "/user/check",
        check_numbers,
        Body(
            struct="CheckUserStruct",
            fields=Fields(
                texts("number", _NUMBER_NEEDED, each=True), flag("formatJid")
            ),
            check=number_unless_as_is,
        ),
    ),
    Route(
        "POST",
        "/user/avatar",
        user_avatar,
        Body(
            struct="GetAvatarStruct",
            fields=Fields(*_ONE, flag("preview")),
            check=number_always,
        ),
        unpaired="avatar_not_ready",
    ),
    Route("GET", "/user/contacts", contacts, session=Session.ONLINE),
    Route(
        "POST",
        "/user/block",
        block,
        Body(struct="BlockStruct", fields=Fields(*_ONE), check=number_always),
    ),
    Route(
        "POST",
        "/user/unblock",
        unblock,
        Body(struct="BlockStruct", fields=Fields(*_ONE), check=number_always),
    ),
    Route("GET", "/user/blocklist", blocklist),
)
