"""What a success of each route holds: the keys that the contract lists."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from recado import wire
from recado.simulator.answer import Answer
from recado.simulator.instances import Instance
from recado.simulator.receipts import give_receipt
from recado.simulator.routing import ROUTES
from recado.simulator.state.polls import Vote, option_hash
from tests.helpers.evolution_facts import facts
from tests.helpers.simulated import KEYS, SALES, Told, simulated

CONTRACT = facts("contract.json")
LISTED = {
    f"{each['method']} {each['path']}": each
    for each in (*CONTRACT["routes"], *CONTRACT["extra_routes"])
}
SERVED = {route.name: route for route in ROUTES}
ALICE = "5511990000001"
ALICE_JID = f"{ALICE}@s.whatsapp.net"
GROUP = "120363000000000001@g.us"
CHANNEL = "120363100000000001@newsletter"
OTHER_ID = "7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10"
PICTURE = {"directPath": "/x", "mimetype": "image/png"}
PEOPLE = ("groupAdd", "lastSeen", "status", "profile")
PRIVACY = dict.fromkeys([*PEOPLE, "readReceipts", "callAdd", "online"], "all")

# in this order, so that what a route needs is there
STORY: list[tuple[str, Any]] = [
    ("GET /server/ok", None),
    ("GET /license/status", None),
    ("GET /license/register", None),
    ("GET /license/activate?code=1", None),
    (
        "POST /instance/create",
        {"name": "new", "token": "t", "instanceId": OTHER_ID},
    ),
    ("GET /instance/all", None),
    (f"GET /instance/info/{OTHER_ID}", None),
    (f"POST /instance/proxy/{OTHER_ID}", {"host": "h", "port": "1"}),
    (f"DELETE /instance/proxy/{OTHER_ID}", None),
    (f"GET /instance/logs/{OTHER_ID}", None),
    (f"GET /instance/{OTHER_ID}/advanced-settings", None),
    (f"PUT /instance/{OTHER_ID}/advanced-settings", {"alwaysOnline": True}),
    (f"DELETE /instance/delete/{OTHER_ID}", None),
    (f"POST /instance/forcereconnect/{SALES.id}", {"number": "55"}),
    ("POST /instance/connect", {"subscribe": ["ALL"]}),
    ("GET /instance/status", None),
    ("POST /send/text", {"number": ALICE, "text": "hi", "id": "3EB0A1"}),
    ("POST /send/link", {"number": ALICE, "text": "see https://x.example"}),
    ("POST /send/media", {"number": ALICE, "url": "http://x/a.png", "type": "image"}),
    (
        "POST /send/poll",
        {"number": ALICE, "question": "q", "options": ["a", "b"], "id": "3EB0B2"},
    ),
    ("POST /send/sticker", {"number": ALICE, "sticker": "http://x/a.png"}),
    (
        "POST /send/location",
        {"number": ALICE, "latitude": 1, "longitude": 1, "name": "n", "address": "a"},
    ),
    (
        "POST /send/contact",
        {"number": ALICE, "vcard": {"fullName": "n", "phone": "55"}},
    ),
    (
        "POST /send/button",
        {"number": ALICE, "title": "t", "description": "d", "footer": "f"},
    ),
    (
        "POST /send/list",
        {
            "number": ALICE,
            "title": "t",
            "description": "d",
            "footerText": "f",
            "buttonText": "b",
        },
    ),
    ("POST /user/info", {"number": [ALICE]}),
    ("POST /user/check", {"number": [ALICE]}),
    ("POST /user/avatar", {"number": ALICE}),
    ("GET /user/contacts", None),
    ("GET /user/privacy", None),
    ("POST /user/privacy", PRIVACY),
    ("POST /user/block", {"number": ALICE}),
    ("GET /user/blocklist", None),
    ("POST /user/unblock", {"number": ALICE}),
    ("POST /user/profilePicture", {"image": "http://x/a.jpg"}),
    ("POST /user/profileName", {"name": "n"}),
    ("POST /user/profileStatus", {"status": "s"}),
    ("POST /message/react", {"number": ALICE_JID, "id": "3A1", "reaction": "👍"}),
    ("POST /message/presence", {"number": ALICE_JID, "state": "composing"}),
    ("POST /message/markread", {"number": ALICE_JID, "id": ["3A1"]}),
    ("POST /message/downloadmedia", {"message": {"imageMessage": PICTURE}}),
    ("POST /message/status", {"id": "3EB0A1"}),
    (
        "POST /message/edit",
        {"chat": ALICE_JID, "messageId": "3EB0A1", "message": "new"},
    ),
    ("POST /message/delete", {"chat": ALICE_JID, "messageId": "3EB0A1"}),
    *(
        (f"POST /chat/{verb}", {"chat": ALICE_JID})
        for verb in ("pin", "unpin", "archive", "unarchive", "mute", "unmute")
    ),
    ("POST /chat/history-sync", {"messageInfo": {"Chat": ALICE_JID}}),
    ("POST /group/create", {"groupName": "g", "participants": [ALICE_JID]}),
    ("GET /group/list", None),
    ("GET /group/myall", None),
    ("POST /group/info", {"groupJid": GROUP}),
    ("POST /group/invitelink", {"groupJid": GROUP}),
    ("POST /group/photo", {"groupJid": GROUP, "image": "http://x/a.jpg"}),
    ("POST /group/name", {"groupJid": GROUP, "name": "n"}),
    ("POST /group/description", {"groupJid": GROUP, "description": "d"}),
    (
        "POST /group/participant",
        {"groupJid": GROUP, "participants": [ALICE_JID], "action": "promote"},
    ),
    ("POST /community/create", {"communityName": "c"}),
    (
        "POST /community/add",
        {"communityJid": "120363000000000002@g.us", "groupJid": [GROUP]},
    ),
    (
        "POST /community/remove",
        {"communityJid": "120363000000000002@g.us", "groupJid": [GROUP]},
    ),
    ("POST /group/leave", {"groupJid": GROUP}),
    ("POST /group/join", {"code": "INVITE"}),
    ("POST /call/reject", {"callCreator": ALICE_JID, "callId": "c"}),
    ("POST /label/edit", {"labelId": "1", "name": "l", "color": 1}),
    ("GET /label/list", None),
    ("POST /label/chat", {"jid": ALICE_JID, "labelId": "1"}),
    ("POST /unlabel/chat", {"jid": ALICE_JID, "labelId": "1"}),
    ("POST /label/message", {"jid": ALICE_JID, "labelId": "1", "messageId": "m"}),
    ("POST /unlabel/message", {"jid": ALICE_JID, "labelId": "1", "messageId": "m"}),
    ("POST /newsletter/create", {"name": "n"}),
    ("GET /newsletter/list", None),
    ("POST /newsletter/info", {"jid": CHANNEL}),
    ("POST /newsletter/link", {"key": "0029Va120363100000000001"}),
    ("POST /newsletter/subscribe", {"jid": CHANNEL}),
    ("POST /newsletter/messages", {"jid": CHANNEL}),
    ("GET /polls/3EB0B2/results", None),
    ("POST /instance/reconnect", None),
    ("POST /instance/disconnect", None),
    ("DELETE /instance/logout", None),
    ("GET /instance/qr", None),
    ("POST /instance/pair", {"phone": ALICE}),
]


async def played() -> dict[str, Answer]:
    """The answer of each route, by its name in the contract."""
    told = simulated()
    answers = {}
    for asked, body in STORY:
        route, _, query = asked.partition("?")
        prepare(told, route)
        name = name_of(route)
        answers[name] = await told.ask(
            route,
            with_invite(told, body),
            key=KEYS[SERVED[name].auth],
            query=query,
            content_type=next(iter(LISTED[name].get("content_types", [])), ""),
        )
    return answers


def prepare(told: Told, route: str) -> None:
    simulation = told.simulation
    match route.split(" ")[1].split("/")[1:]:
        case ["instance", "forcereconnect", _]:
            simulation.change(SALES, online=False)
        case ["instance", "logs", _]:
            new = simulation.instances.find("new")
            assert isinstance(new, Instance)
            simulation.note(new, "hello")
        case ["message", "status"]:
            sales = simulation.instances.first()
            give_receipt(simulation, sales, ALICE_JID, ids=["3EB0A1"], state="Read")
        case ["newsletter", "messages"]:
            simulation.newsletters.post(
                CHANNEL,
                id_="3EB0",
                type_="ExtendedTextMessage",
                at=simulation.started,
                message={},
            )
        case ["polls", *_]:
            simulation.votes.cast(
                Vote(
                    poll="3EB0B2",
                    chat=ALICE_JID,
                    message_id="3A2",
                    voter=ALICE_JID,
                    voter_name="Alice",
                    options=(option_hash("a"),),
                    at=simulation.started,
                )
            )
        case _:
            pass


def with_invite(told: Told, body: Any) -> Any:
    if body == {"code": "INVITE"}:
        [group] = [one for one in told.simulation.groups if one.jid == GROUP]
        return {"code": f"https://chat.whatsapp.com/{group.invite}"}
    return body


def name_of(route: str) -> str:
    return re.sub(
        r"polls/\w+/",
        "polls/:pollMessageId/",
        re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", ":instanceId", route),
    )


def test_the_story_has_every_route() -> None:
    assert {name_of(asked.partition("?")[0]) for asked, _ in STORY} == SERVED.keys()


@pytest.mark.parametrize("name", SERVED)
async def test_a_success_has_the_keys_that_the_contract_lists(name: str) -> None:
    success = LISTED[name]["success"]

    answer = (await played())[name]

    assert answer.status == success["status"], answer
    value = wire.decode(answer.body)
    envelope = success.get("envelope")
    if envelope is not None:
        assert value.keys() == envelope.keys()
        assert value["message"] == "success"
    missing = [
        path for path in paths(success.get("fields", {})) if not has(value, path)
    ]
    assert missing == []
    if isinstance(success.get("body"), dict):
        assert value.keys() >= {
            key for key, about in success["body"].items() if "when" not in about
        }


def paths(fields: dict[str, Any]) -> Iterator[list[str]]:
    """Each key that is listed, as a path; ``[]`` is the first of an array."""
    for key, about in fields.items():
        if about == "any, optional":
            continue
        *above, last = key.replace("[]", ".[]").strip(".").split(".")
        for each in last.split("|"):
            yield [*above, each]
        if isinstance(about, dict):
            yield from ([key, one] for name in about for one in name.split("|"))
        elif last == "[]" and "," in about:
            yield from ([*above, last, each] for each in words(about))


def words(about: str) -> list[str]:
    bare = re.sub(r"\([^)]*\)|\{[^}]*\}|\[\]", "", about)
    return [each.strip() for each in bare.split(",") if each.strip() != "..."]


def has(value: Any, path: list[str]) -> bool:
    for part in path:
        if part == "[]":
            if not isinstance(value, list) or not value:
                return False
            value = value[0]
        elif not isinstance(value, dict) or (
            part not in value and not part.startswith("<")
        ):
            return False
        elif part.startswith("<"):
            value = next(iter(value.values()))
        else:
            value = value[part]
    return True


def test_the_keys_of_the_contract_are_read_right() -> None:
    fields = {
        "data.a|b": "x",
        "data.Users.<jid>.LID": "x",
        "data[]": "A, B (text), C[] {D, E}, ...",
        "data": {"F|G": "x"},
        "voters[]": "as above",
    }

    assert list(paths(fields)) == [
        ["data", "a"],
        ["data", "b"],
        ["data", "Users", "<jid>", "LID"],
        ["data", "[]"],
        ["data", "[]", "A"],
        ["data", "[]", "B"],
        ["data", "[]", "C"],
        ["data"],
        ["data", "F"],
        ["data", "G"],
        ["voters", "[]"],
    ]


def test_a_missing_key_is_found() -> None:
    assert has({"data": [{"A": None}]}, ["data", "[]", "A"])
    assert not has({"data": [{"A": None}]}, ["data", "[]", "B"])
    assert not has({"data": []}, ["data", "[]"])


# --- the examples of the contract, key for key and in their order


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    return type(value).__name__


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("POST /send/text", {"text": "x"}),
        (
            "POST /send/media",
            {"type": "image", "url": "http://x/a.jpg", "caption": "Catalogue"},
        ),
        ("POST /message/react", {"reaction": "👍", "id": "3A5F0C1D2E3B4A596877"}),
    ],
)
async def test_an_answer_has_the_make_of_the_example(
    name: str, more: dict[str, Any]
) -> None:
    example = LISTED[name]["success"]["example"]

    answer = await simulated().ask(name, {"number": ALICE_JID} | more)

    assert shape(wire.decode(answer.body)) == shape(example)
