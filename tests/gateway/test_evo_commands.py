"""Every command of ``evolution-go-client`` sends what the gateway takes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from recado import wire
from recado.cli.evo.argument import SWITCH
from recado.evolution.commands import LEFT_OUT
from recado.evolution.commands.base import Command
from recado.evolution.commands.instances import CreateInstance
from recado.evolution.commands.sending import NamedSend
from tests.helpers.evo import ADMIN_KEY, KEY, ROWS, Evo, row_of, words_of
from tests.helpers.evolution_facts import facts
from tests.helpers.gateway_answers import answer_of
from tests.helpers.gateway_examples import EXAMPLES, GROUP, URL, UUID, Example
from tests.helpers.gateway_server import GatewayServer, Seen, json_reply

CONTRACT = facts("contract.json")
ROUTES: dict[str, dict[str, Any]] = {
    f"{route['method']} {route['path']}": route
    for route in [*CONTRACT["routes"], *CONTRACT["extra_routes"]]
}
KEYS = {"instance": KEY, "admin": ADMIN_KEY, "none": None}

TO = "5511990000001"
OLD_LINES = {
    "POST /instance/create": "create_instance shop --token secret",
    "POST /instance/pair": "pair --phone 5511999990001",
    "DELETE /instance/delete/:instanceId": f"delete_instance {UUID}",
    "DELETE /instance/proxy/:instanceId": f"delete_proxy {UUID}",
    "GET /instance/all": "instances",
    "POST /instance/disconnect": "disconnect",
    "GET /instance/status": "status",
    "GET /instance/qr": "qr",
    "DELETE /instance/logout": "logout",
    "POST /send/text": f"send_text {TO} hello",
    "POST /send/media": (
        f"send_media {TO} --url {URL} --type image --caption c --filename f.jpg"
    ),
    "POST /send/location": (
        f"send_location {TO} --lat -23.5 --lng -46.6 --name n --address a"
    ),
    "POST /send/contact": f"send_contact {TO} --fullName Ana --phone {TO} --org Sé",
    "POST /send/link": (
        f"send_link {TO} --url {URL} --text t --title t --description d --imgUrl {URL}"
    ),
    "POST /send/sticker": f"send_sticker {TO} --sticker {URL}",
    "POST /send/poll": f"send_poll {TO} --question q --options a,b --maxAnswer 1",
    "POST /message/react": f"react {TO} --id M --reaction x",
    "POST /message/edit": f"edit_message --chat {TO} --id M --message m",
    "POST /message/delete": f"delete_message --chat {TO} --id M",
    "POST /message/markread": f"mark_read {TO} --ids a,b",
    "POST /message/status": "message_status --id M",
    "POST /message/presence": f"set_presence {TO} --state recording --isAudio",
}
"""The lines of the script that this one replaces; connect and summary are elsewhere."""

SENDS_TOO = [
    *("--delay", "1000", "--mentionAll", "--mentionedJid", f"{TO},{GROUP}", "--json"),
    *("--quoted", f'{{"messageId": "M", "participant": "{TO}@s.whatsapp.net"}}'),
]


@pytest.fixture
def evo(capfdbinary: pytest.CaptureFixture[bytes]) -> Evo:
    return Evo(capfdbinary)


def sent(evo: Evo, route: str, words: list[str]) -> Seen:
    """What a command sent to a gateway that answers as its route does."""
    method, _, path = route.partition(" ")
    with GatewayServer([json_reply(200, answer_of(method, path))]) as server:
        evo.json(*words, url=server.url)
        assert len(server.seen) == 1
        return server.seen[0]


def test_every_route_has_a_command() -> None:
    covered = {_route(row.command) for row in ROWS.values() if row.command}

    assert len(CONTRACT["routes"]) == 87
    assert covered == ROUTES.keys() - LEFT_OUT.keys()


def _route(command: str) -> str:
    kinds = {type(example.command) for example in EXAMPLES}
    [kind] = [kind for kind in kinds if row_of(kind).command == command]
    return f"{kind.method} {kind.path}"


@pytest.mark.parametrize("route", OLD_LINES)
def test_an_old_command_line_sends_a_body_that_the_gateway_takes(
    evo: Evo, route: str
) -> None:
    words = OLD_LINES[route].split()
    too = SENDS_TOO if route.startswith("POST /send/") else ["--json"]
    if "document" in words:
        too = ["--json"]

    for line in (words, [*words, *too]):
        seen = sent(evo, route, line)

        schema = ROUTES[route].get("request_schema")
        assert seen.headers["apikey"] == KEYS[ROUTES[route]["auth"]]
        if schema is None:
            assert seen.body == b""
        else:
            Draft202012Validator(schema).validate(seen.json)


WHOLE = [
    example
    for example in EXAMPLES
    # these read before they write, and are tested by themselves
    if not row_of(type(example.command)).sender
]


@pytest.mark.parametrize("example", WHOLE, ids=str)
def test_a_command_line_sends_what_its_call_is(
    evo: Evo, example: Example, tmp_path: Path
) -> None:
    command = _named(example.command)
    contract = ROUTES[command.route]

    seen = sent(evo, command.route, words_of(command, tmp_path))

    expected = command.request()
    assert (seen.method, seen.path) == (expected.method, expected.path)
    assert seen.headers.get("apikey") == KEYS[contract["auth"]]
    if expected.upload is not None:
        _compare_forms(seen, expected.upload.fields)
    elif expected.body is None:
        assert seen.body == b""
    else:
        assert _said(command, seen.json) == _said(command, wire.decode(expected.body))
        assert seen.headers["content-type"] == expected.content_type


def _said(command: Command[Any], body: dict[str, Any]) -> dict[str, Any]:
    """The body without the switches that are off, which a line leaves out."""
    switches = {
        one.name.removeprefix("--")
        for one in row_of(type(command)).arguments
        if one.kind == SWITCH
    }
    return {
        name: value
        for name, value in body.items()
        if name not in switches or value is not False
    }


def _named(command: Command[Any]) -> Command[Any]:
    """The call with what would otherwise be chosen at random."""
    if isinstance(command, CreateInstance) and not command.token:
        return replace(command, token="chosen-token")
    if isinstance(command, NamedSend) and not command.id:
        return replace(command, id="CHOSEN", idempotency_key=None)
    return command


def _compare_forms(seen: Seen, fields: tuple[tuple[str, str], ...]) -> None:
    assert seen.headers["content-type"].startswith("multipart/form-data")
    for name, value in fields:
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in seen.body
