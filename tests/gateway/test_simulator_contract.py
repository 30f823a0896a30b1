"""Every route of the contract, held to it: who may call it, what it takes and says."""

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from recado import wire
from recado.simulator.answer import Asked
from recado.simulator.body import read_body
from recado.simulator.faults import Faults, read_rule
from recado.simulator.number_checks import (
    each_of,
    named,
    number_always,
    number_and_card,
    number_unless_as_is,
)
from recado.simulator.route import Auth, Route, Session
from recado.simulator.routing import NOT_SERVED, ROUTES, find_route
from tests.helpers.evolution_facts import facts
from tests.helpers.simulated import KEYS, SALES, TOKEN, simulated, with_params

CONTRACT = facts("contract.json")
ERRORS = facts("errors.json")
LISTED: dict[str, dict[str, Any]] = {
    f"{each['method']} {each['path']}": each
    for each in (*CONTRACT["routes"], *CONTRACT["extra_routes"])
}
SERVED = {route.name: route for route in ROUTES}
WITH_BODY = [name for name in SERVED if LISTED[name].get("request_schema")]
PARAMS = {"instanceId": SALES.id, "pollMessageId": "3EB0A1"}


def asked_for(name: str) -> str:
    return with_params(name, PARAMS)


def test_every_route_is_served_or_left_out_for_a_reason() -> None:
    assert SERVED.keys() | NOT_SERVED.keys() == LISTED.keys()
    assert SERVED.keys() & NOT_SERVED.keys() == set()
    assert all(NOT_SERVED.values())
    assert len(SERVED) == len(ROUTES) == 84


@pytest.mark.parametrize("name", SERVED)
def test_a_route_is_for_whom_the_contract_says(name: str) -> None:
    listed = LISTED[name]

    assert SERVED[name].auth == listed["auth"]
    if "needs_whatsapp_session" in listed:
        needs = SERVED[name].session is not Session.NONE
        assert needs == listed["needs_whatsapp_session"]
        tries = listed.get("timing_class") in ("send_retrying", "send_media")
        assert SERVED[name].retries == tries
        assert SERVED[name].forms == listed["multipart"]


@pytest.mark.parametrize("name", SERVED)
def test_a_route_takes_the_fields_of_the_contract(name: str) -> None:
    body, schema = SERVED[name].body, LISTED[name].get("request_schema")

    assert (body is None) == (schema is None)
    if body is not None:
        named_here = {field.name for field in body.fields}
        checked_only = set() if body.check is None else {"number"}
        assert schema is not None
        listed = set(schema["properties"])
        assert listed - checked_only - {"communityId", "newsletterId"} <= named_here
        assert named_here <= listed
        assert ("id" in named_here and name.startswith("POST /send/")) == LISTED[name][
            "accepts_message_id"
        ]


HANDLING = {
    None: None,
    "format_jid": number_unless_as_is,
    "number": number_always,
    "contact": number_and_card,
    "jid_fields:number": named("number"),
    "jid_fields:number,communityId": named("number", "communityId"),
    "jid_fields:newsletterId": named("newsletterId"),
    "jid_fields:number,participants (broken for JSON)": named("number", "participants"),
    "multiple:participants": each_of("participants"),
}
NUMBERS = ["", "x", "5511990000001", "1@lid", None, 5, [], [""], ["5"], ["x"], [5]]


@pytest.mark.parametrize("name", SERVED)
def test_numbers_are_checked_and_rewritten_as_the_contract_says(name: str) -> None:
    body, expected = SERVED[name].body, HANDLING[LISTED[name].get("number_handling")]
    check = body.check if body else None

    assert (check is None) == (expected is None)
    for field in ("number", "participants", "communityId", "newsletterId"):
        for value in NUMBERS:
            for more in ({}, {"formatJid": False}, {"vcard": {"phone": "x"}}):
                here = wire.decode(wire.encode({field: value} | more))
                there = wire.decode(wire.encode({field: value} | more))
                if check is not None and expected is not None:
                    assert check(here) == expected(there)
                    assert here == there


# --- keys


@pytest.mark.parametrize("name", SERVED)
async def test_a_route_opens_to_its_own_kind_of_key_only(name: str) -> None:
    told, auth = simulated(), SERVED[name].auth
    wrong = {"", "nobody's", *KEYS.values()} - {KEYS[auth]}

    for key in wrong if auth is not Auth.NONE else ():
        refused = await told.error(asked_for(name), {}, key=key)
        assert refused == (401, "not authorized")
    assert (await told.ask(asked_for(name), {}, key=KEYS[auth])).status != 401


@pytest.mark.parametrize("name", SERVED)
async def test_the_licence_comes_before_the_key(name: str) -> None:
    told = simulated()
    told.simulation.licensed = False

    answer = await told.ask(asked_for(name), {}, key="nobody's")

    gated = not name.startswith(("GET /license/", "GET /server/ok"))
    assert (answer.status == 503) == gated
    if gated:
        assert wire.decode(answer.body)["code"] == "LICENSE_REQUIRED"


@pytest.mark.parametrize(
    "name",
    ["GET /send/text", "POST /send", "GET /", "PUT /group/name", "GET /instance/info/"],
)
async def test_an_unknown_path_or_method_is_a_404_in_plain_text(name: str) -> None:
    answer = await simulated().ask(name)

    assert (answer.status, answer.body) == (404, b"404 page not found")
    assert answer.content_type.startswith("text/plain")


@pytest.mark.parametrize("name", SERVED)
async def test_options_and_a_slash_too_many_are_answered_as_there(name: str) -> None:
    told, (method, _, path) = simulated(), asked_for(name).partition(" ")

    options = await told.ask(f"OPTIONS {path}", key="")
    slash = await told.ask(f"{method} {path}/", {}, key="")

    assert (options.status, options.body) == (200, b"")
    assert slash.status == (301 if method == "GET" else 307)
    assert slash.headers == (("location", path),)


# --- bodies

POOL: list[Any] = [
    None,
    "",
    "x",
    "5511990000001",
    "+55 (11) 99000-0001",
    "1@g.us",
    "a.b@s.whatsapp.net",
    "a.1:2@x",
    "a:1@x",
    "a:b@x",
    "a:1.2@x",
    "@",
    "@@x",
    "@x",
    "a@",
    "2026-03-25T20:00:00Z",
    "2026-03-25T20:00:00.5-03:00",
    "2026-03-25",
    0,
    1,
    -1,
    1.5,
    2**31 - 1,
    2**31,
    -(2**31) - 1,
    2**63 - 1,
    2**63,
    True,
    False,
    [],
    [""],
    ["x"],
    [None],
    [1],
    ["5511990000001", "1@lid"],
    [{}],
    [{"rows": [{"title": 1}]}],
    {},
    {"x": 1},
]


def kinds_of(schema: dict[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


@cache
def plain(name: str) -> dict[str, Any]:
    """A body that passes, with every field."""
    schema = LISTED[name]["request_schema"]
    body = {field: sample(field, inner) for field, inner in properties(schema)}
    assert Draft202012Validator(schema).is_valid(body), (name, body)
    return body


def properties(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list(schema.get("properties", {}).items())


def sample(field: str, schema: dict[str, Any]) -> Any:
    kind = next(iter(kinds_of(schema)), "string")
    if kind == "object":
        return {name: sample(name, inner) for name, inner in properties(schema)}
    if kind == "array":
        item = sample(field, schema.get("items", {"type": "string"}))
        return [item] * max(1, schema.get("minItems", 0))
    if kind == "string" and field == "Timestamp":
        return "2026-03-25T20:00:00Z"
    return SAMPLES.get(kind, "5511990000001@s.whatsapp.net")


SAMPLES: dict[str, Any] = {"boolean": False, "integer": 1, "number": 1}


def near(value: Any) -> list[Any]:
    """Each value with one thing in it changed, at any depth."""
    if isinstance(value, dict):
        return [
            changed
            for field in value
            for changed in (
                {name: item for name, item in value.items() if name != field},
                *({**value, field: other} for other in (*POOL, *near(value[field]))),
                {**value, field.upper(): value[field], "unknown": 1},
            )
        ]
    if isinstance(value, list):
        return [[*value, other] for other in (*POOL, *near(value[0]))]
    return []


def content_type_of(name: str) -> str:
    return str(LISTED[name]["content_types"][0])


@cache
def patterns(name: str) -> list[tuple[re.Pattern[str], list[int]]]:
    groups = ERRORS["meta"]["route_groups"]
    return [
        (re.compile(each["pattern"]), each["status"])
        for each in ERRORS["errors"]
        if name
        in {
            route
            for item in each["routes"]
            for route in (groups[item[1:]] if item.startswith("@") else [item])
        }
    ]


@cache
def schema_of(name: str) -> Draft202012Validator:
    return Draft202012Validator(LISTED[name]["request_schema"])


@pytest.mark.parametrize("name", WITH_BODY)
async def test_a_body_is_a_400_exactly_when_the_schema_refuses_it(name: str) -> None:
    schema = schema_of(name)
    bodies = [plain(name), {}, *near(plain(name))]
    told, refused = simulated(), 0

    for body in bodies:
        answer = await told.ask(
            asked_for(name),
            body,
            key=KEYS[SERVED[name].auth],
            content_type=content_type_of(name),
        )
        assert (answer.status == 400) == (not schema.is_valid(body)), body
        refused += answer.status == 400
        if answer.status != 200 and answer.body:
            text = wire.decode(answer.body)["error"]
            assert any(
                pattern.search(text) and answer.status in statuses
                for pattern, statuses in patterns(name)
            ), (body, answer)

    assert 0 < refused < len(bodies)


ABSENT = object()


@cache
def bodies_near(name: str) -> st.SearchStrategy[Any]:
    """What passes, with up to three fields taken away or given another value."""
    values = {
        field: st.one_of(
            st.just(ABSENT),
            st.sampled_from([*POOL, *near(value)]),
            st.text("0123456789@.:+-() abg", max_size=24),
        )
        for field, value in plain(name).items()
    }

    @cache
    def valued(fields: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({each: values[each] for each in fields})

    changed = st.lists(st.sampled_from(list(values)), max_size=3, unique=True)
    changes = changed.map(tuple).flatmap(valued)
    return changes.map(
        lambda new: {
            field: value
            for field, value in (plain(name) | new).items()
            if value is not ABSENT
        }
    )


@pytest.mark.parametrize("name", WITH_BODY)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_body_of_any_make_is_refused_exactly_when_the_schema_does(
    name: str, data: st.DataObject
) -> None:
    schema = schema_of(name)
    body = data.draw(bodies_near(name))
    table = SERVED[name].body
    assert table

    read = read_body(
        Asked(
            method="POST",
            path="/",
            content_type=content_type_of(name),
            apikey="",
            body=wire.encode(body),
        ),
        table,
    )

    assert isinstance(read, dict) == schema.is_valid(body)


@pytest.mark.parametrize("name", WITH_BODY)
async def test_what_is_no_object_is_refused_and_null_crashes(name: str) -> None:
    told, key = simulated(), KEYS[SERVED[name].auth]

    crashed = await told.ask(asked_for(name), b"null", key=key)
    empty = await told.error(asked_for(name), b"", key=key)
    broken = await told.error(asked_for(name), b'{"a', key=key)
    array = await told.error(asked_for(name), b"[]", key=key)

    assert (crashed.status, crashed.body) == (500, b"")
    checked = SERVED[name].body.check is not None  # type: ignore[union-attr]
    if checked:
        assert {empty, broken, array} == {(400, "Invalid JSON format")}
    else:
        assert (empty, broken) == ((400, "EOF"), (400, "unexpected EOF"))
        assert array[1].startswith("json: cannot unmarshal array into Go value of type")


async def test_an_array_of_participants_never_passes_as_json() -> None:
    body = {"groupJid": "1@g.us", "participants": ["5"], "action": "add"}

    refused = await simulated().error("POST /group/participant", body)

    assert refused == (400, "participants is required and cannot be empty")


# --- sessions


@pytest.mark.parametrize(
    "name", [name for name in SERVED if SERVED[name].session is not Session.NONE]
)
@pytest.mark.parametrize(
    ("logged_in", "error"),
    [(True, "client disconnected"), (False, "no active session found")],
)
async def test_a_session_that_is_down_is_said_with_the_routes_own_status(
    name: str, error: str, *, logged_in: bool
) -> None:
    told = simulated()
    told.simulation.change(SALES, online=False, logged_in=logged_in)
    body = plain(name) if SERVED[name].body else None

    refused = await told.error(asked_for(name), body, content_type=body_type(name))

    own_status = name in ("GET /instance/status", "DELETE /instance/logout")
    assert refused == (400 if own_status else 500, error)


def body_type(name: str) -> str:
    return content_type_of(name) if LISTED[name]["content_types"] else ""


@pytest.mark.parametrize(
    "name", [name for name in SERVED if SERVED[name].session is Session.PAIRED]
)
async def test_a_session_without_a_phone_cannot_do_what_needs_one(name: str) -> None:
    told = simulated()
    told.simulation.change(SALES, logged_in=False)
    body = plain(name) if SERVED[name].body else None

    status, text = await told.error(asked_for(name), body, content_type=body_type(name))

    assert status == 500
    assert any(pattern.search(text) for pattern, _ in patterns(name))


def test_variable_parts_of_a_path_are_found() -> None:
    found = find_route("GET", "/polls/3EB0/results")

    assert found
    assert (found[0].path, found[1]) == (
        "/polls/:pollMessageId/results",
        {"pollMessageId": "3EB0"},
    )
    assert find_route("GET", "/polls//results") is None
    assert isinstance(found[0], Route)
    assert TOKEN not in repr(found)


# --- errors and faults on every route


@pytest.mark.parametrize("name", SERVED)
def test_every_error_of_a_route_can_be_asked_for_there(name: str) -> None:
    groups = ERRORS["meta"]["route_groups"]
    route = asked_for(name)
    of_the_route = [
        each
        for each in ERRORS["errors"]
        if any(
            name in (groups[item[1:]] if item.startswith("@") else [item])
            for item in each["routes"]
        )
    ]

    for each in of_the_route:
        rule = read_rule({"route": name, "fault": {"error": each["id"]}})
        answer = rule.fault.answer_on(route)
        assert answer
        assert answer.status in each["status"]
        assert re.search(each["pattern"], wire.decode(answer.body)["error"])


@pytest.mark.parametrize("name", SERVED)
@pytest.mark.parametrize(
    ("fault", "acts"),
    [
        ({"status": 502, "body": {"error": "x"}}, False),
        ({"error": "panic"}, False),
        ({"latency": 1}, True),
        ({"drop": "before"}, False),
        ({"drop": "after"}, True),
    ],
)
def test_a_route_fails_as_often_as_it_is_told_to_and_then_works(
    name: str, fault: dict[str, Any], *, acts: bool
) -> None:
    method, _, path = asked_for(name).partition(" ")
    asked = Asked(method=method, path=path, content_type="", apikey="", body=b"")
    faults = Faults()
    faults.add(read_rule({"route": name, "fault": fault, "times": 2}))

    met = [faults.take(asked) for _ in range(3)]

    assert [one is not None for one in met] == [True, True, False]
    assert met[0]
    assert met[0].acts == acts


@pytest.mark.parametrize("name", [each for each in SERVED if ":instanceId" in each])
@pytest.mark.parametrize(
    ("id_", "error"),
    [
        ("7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10", "record not found"),
        ("abc", "invalid UUID format: invalid UUID length: 3"),
    ],
)
async def test_an_instance_that_is_not_there_is_an_error_of_the_database(
    name: str, id_: str, error: str
) -> None:
    route, key = with_params(name, {"instanceId": id_}), KEYS[SERVED[name].auth]
    body = plain(name) if SERVED[name].body else None

    answer = await simulated().ask(route, body, key=key)

    if name.startswith("GET /instance/logs/"):
        assert (answer.status, answer.body) == (200, b"[]")
    elif name.startswith("PUT ") and error == "record not found":
        assert answer.status == 200
    else:
        assert (answer.status, wire.decode(answer.body)) == (500, {"error": error})
