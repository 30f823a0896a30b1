"""Every route of the gateway's contract has a command that fits it, and a method."""

import importlib
import pkgutil
import re
from inspect import isabstract
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from recado.evolution import commands
from recado.evolution.commands import LEFT_OUT
from recado.evolution.commands.base import AnyCall, Command
from recado.evolution.commands.chats import HistorySync
from recado.evolution.commands.groups import GroupInviteLink
from recado.evolution.commands.instances import DeleteInstance, InstanceInfo
from recado.evolution.commands.media import SendMedia
from recado.evolution.commands.newsletters import NewsletterMessages
from recado.evolution.commands.sending import MAX_DELAY_MS, NamedSend
from recado.evolution.commands.sends import SendLocation, SendPoll, SendText
from recado.evolution.commands.session import (
    EVENT_GROUPS,
    AdvancedSettings,
    InstanceStatus,
)
from tests.helpers.evolution_facts import facts
from tests.helpers.gateway_examples import (
    EXAMPLES,
    GROUP,
    MOMENT,
    NEWSLETTER,
    Example,
)

CONTRACT = facts("contract.json")
ROUTES: dict[str, dict[str, Any]] = {
    f"{route['method']} {route['path']}": route
    for route in [*CONTRACT["routes"], *CONTRACT["extra_routes"]]
}


def _commands() -> dict[str, type[Command[Any]]]:
    found: dict[str, type[Command[Any]]] = {}
    for info in pkgutil.iter_modules(commands.__path__):
        module = importlib.import_module(f"{commands.__name__}.{info.name}")
        for kind in vars(module).values():
            own = getattr(kind, "__module__", "") == module.__name__
            if own and _is_command(kind):
                route = f"{kind.method} {kind.path}"
                assert route not in found, "two commands for one route"
                found[route] = kind
    return found


def _is_command(kind: Any) -> bool:
    return (
        isinstance(kind, type)
        and issubclass(kind, Command)
        and not isabstract(kind)
        and kind is not AnyCall
        and hasattr(kind, "path")
    )


COMMANDS = _commands()

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=str)


def contract_of(command: Command[Any]) -> dict[str, Any]:
    return ROUTES[command.route]


def test_every_route_has_a_command_or_a_reason_to_have_none() -> None:
    assert len(CONTRACT["routes"]) == 87
    assert COMMANDS.keys() & LEFT_OUT.keys() == set()
    assert COMMANDS.keys() | LEFT_OUT.keys() == ROUTES.keys()
    assert all(LEFT_OUT.values())


def test_every_command_has_examples() -> None:
    kinds = {type(example.command) for example in EXAMPLES}

    assert kinds == set(COMMANDS.values())
    several = {type(each.command) for each in EXAMPLES if each.full}
    optional = {
        kind
        for route, kind in COMMANDS.items()
        if any(not field["required"] for field in _own_fields(ROUTES[route]))
    }
    # those take one of two, or nothing that could be left out
    assert {kind.__name__ for kind in optional - several} <= {
        "ForceReconnect",
        "SetAdvancedSettings",
        "DownloadMedia",
        "RejectCall",
        "SetGroupDescription",
    }


def _own_fields(route: dict[str, Any]) -> list[dict[str, Any]]:
    unused = {"number", "newsletterId", "number|communityId", "subscribe", "formatJid"}
    return [
        field for field in route.get("body_fields", []) if field["name"] not in unused
    ]


@every_example
def test_a_command_has_the_key_and_the_time_of_its_route(example: Example) -> None:
    command, contract = example.command, contract_of(example.command)

    assert command.auth == (contract["auth"])
    assert command.timing == contract.get("timing_class", "fast")


@every_example
def test_a_body_is_one_that_the_gateway_takes(example: Example) -> None:
    contract = contract_of(example.command)
    schema, body = contract.get("request_schema"), example.command.body()
    if example.command.request().upload is not None:
        return  # see the test of uploads
    if schema is None:
        assert body is None
        return
    Draft202012Validator(schema).validate(body)
    known = {field["name"].split(".")[0] for field in contract["body_fields"]}
    assert body is not None
    assert body.keys() <= known
    assert _allowed(body, contract["body_fields"])


def _allowed(body: dict[str, Any], fields: list[dict[str, Any]]) -> bool:
    """Whether each value is among those that the route allows."""
    for field in fields:
        allowed, value = field.get("allowed"), body.get(field["name"])
        if not isinstance(allowed, list) or value is None:
            continue
        values = value if isinstance(value, list) else [value]
        if not set(values) <= set(allowed):
            return False
    return True


@every_example
def test_a_path_is_the_route_with_its_values(example: Example) -> None:
    contract, target = contract_of(example.command), example.command.request().path
    parts = urlsplit(target)

    names = [each["name"] for each in contract.get("path_params", [])]
    shape = re.escape(contract["path"])
    for name in names:
        shape = shape.replace(f":{name}", "[^/]+")
    assert re.fullmatch(shape, parts.path)

    query = dict(parse_qsl(parts.query))
    assert query.keys() <= {each["name"] for each in contract.get("query_params", [])}
    assert all(value for value in query.values())


@every_example
def test_only_what_the_contract_calls_safe_is_repeated(example: Example) -> None:
    command = example.command
    verdict = contract_of(command).get("repeat", {}).get("verdict")

    if isinstance(command, NamedSend):
        assert verdict in {"with_id", "with_id_caution"}
        assert command.repeatable == bool(command.id)
    elif isinstance(command, InstanceStatus):
        assert verdict == "conditional"  # a GET that at most starts a session, once
        assert command.repeatable
    elif isinstance(command, GroupInviteLink):
        assert verdict == "conditional"  # "safe with reset=false"
        assert command.repeatable == (not command.reset)
    elif verdict is None:  # the licence routes, which are not judged
        assert command.repeatable == (command.path == "/license/status")
    else:
        assert command.repeatable == (verdict == "safe")


def test_a_command_takes_a_message_id_exactly_when_its_route_does() -> None:
    for route, kind in COMMANDS.items():
        accepts = ROUTES[route].get("accepts_message_id", False)
        assert issubclass(kind, NamedSend) == accepts, route


@every_example
def test_a_chat_is_written_as_its_route_needs_it(example: Example) -> None:
    contract, body = contract_of(example.command), example.command.body() or {}
    if contract.get("number_handling") in {"format_jid", "contact"}:
        return  # bare digits let the gateway apply its rules for the country

    # anywhere else they would end up with a plus sign that is never taken off
    for name in ("number", "chat", "jid", "groupJid", "communityJid", "participants"):
        values = body.get(name, [])
        for value in values if isinstance(values, list) else [values]:
            if example.command.path == "/instance/forcereconnect/:instanceId":
                assert value.isdigit()
            else:
                assert "@" in value


@pytest.mark.parametrize(
    "example",
    [each for each in EXAMPLES if each.command.request().upload is not None],
    ids=str,
)
def test_an_upload_has_the_parts_that_the_route_takes(example: Example) -> None:
    form = contract_of(example.command)["multipart_form"]
    upload = example.command.request().upload
    assert upload is not None
    parts = dict(upload.fields)

    assert example.command.body() is None
    assert len(parts) == len(upload.fields)
    takes = {field["name"]: field for field in form["fields"]}
    assert parts.keys() <= takes.keys() - {"file"}
    assert parts.keys() & set(form["not_supported"]) == set()
    needs = {name for name, field in takes.items() if field["required"]} - {"file"}
    assert needs <= parts.keys()
    assert parts["type"] in takes["type"]["allowed"]
    assert int(parts.get("delay", "0")) >= 0


def test_the_participants_of_a_group_are_not_declared_as_json() -> None:
    [example] = [each for each in EXAMPLES if each.command.path == "/group/participant"]

    assert example.command.request().content_type == "text/plain"
    others = [each.command for each in EXAMPLES if each is not example]
    assert {command.content_type for command in others} == {"application/json"}


def test_the_event_groups_are_those_of_the_gateway() -> None:
    fields = ROUTES["POST /instance/connect"]["body_fields"]
    [allowed] = [each["allowed"] for each in fields if each["name"] == "subscribe"]

    assert list(EVENT_GROUPS) == allowed


def valid(command: Command[Any]) -> bool:
    return bool(
        Draft202012Validator(contract_of(command)["request_schema"]).is_valid(
            command.body()
        )
    )


@given(
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    name=st.text(),
    address=st.text(),
)
def test_any_place_on_earth_is_taken(
    latitude: float, longitude: float, name: str, address: str
) -> None:
    command = SendLocation(
        number=GROUP,
        latitude=latitude,
        longitude=longitude,
        name=name,
        address=address,
    )

    assert valid(command)


@given(delay=st.integers(0, MAX_DELAY_MS), text=st.text(min_size=1))
def test_any_delay_and_text_is_taken(delay: int, text: str) -> None:
    command = SendText(number=GROUP, text=text, delay=delay)

    assert valid(command)
    assert command.request().read_timeout == 130.0 + delay / 1000


@given(
    options=st.lists(st.text(min_size=1), min_size=2, unique=True),
    data=st.data(),
)
def test_any_poll_is_taken(options: list[str], data: st.DataObject) -> None:
    answers = data.draw(st.none() | st.integers(0, len(options)))

    assert valid(
        SendPoll(number=GROUP, question="?", options=options, max_answer=answers)
    )


@given(count=st.integers(1, 2**63 - 1), before_id=st.integers(1, 2**63 - 1))
def test_any_count_is_taken(count: int, before_id: int) -> None:
    assert valid(NewsletterMessages(jid=NEWSLETTER, count=count, before_id=before_id))
    assert valid(HistorySync(chat=GROUP, message_id="A", timestamp=MOMENT, count=count))


@given(st.text(min_size=1).filter(lambda text: text not in {".", ".."}))
def test_any_id_stays_in_its_part_of_the_path(text: str) -> None:
    for kind in (InstanceInfo, DeleteInstance, AdvancedSettings):
        target = kind(instance_id=text).request().path
        before, _, after = kind.path.partition(":instanceId")

        assert target.count("/") == kind.path.count("/")
        assert unquote(target.removeprefix(before).removesuffix(after)) == text


def test_a_captioned_document_that_mentions_crashes_the_gateway() -> None:
    with pytest.raises(ValueError, match="cannot mention"):
        SendMedia(
            number=GROUP,
            type="document",
            url="https://x",
            caption="c",
            mention_all=True,
        )
