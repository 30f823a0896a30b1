"""The table of commands is the SDK's commands, and what old scripts know."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

import pytest

from recado.cli.evo.argument import Row
from recado.cli.evo.build import class_of
from recado.cli.evo.parse import every_row, find_row
from recado.evolution.commands.instances import CreateInstance
from recado.evolution.commands.profile import PRIVACY_CHOICES
from recado.evolution.commands.session import EVENT_GROUPS

ROWS = list(every_row())
CALLS = [row for row in ROWS if row.command]

# what these say is not, or not only, what their call takes
OWN = {
    "connect": {"phone", "immediate", "replace"},
    "qr": {"terminal", "out", "wait"},
}
# what is not given is read first
KEPT = {"connect", "set_advanced_settings", "set_privacy"}

OLD = """
instances
create_instance name --token
connect --phone --webhook --immediate --subscribe
disconnect
status
qr
pair --phone
logout
delete_instance id
delete_proxy id
summary
send_text number text
send_media number --url --type --caption --filename
send_location number --lat --lng --name --address
send_contact number --fullName --phone --org
send_link number --url --text --title --description --imgUrl
send_sticker number --sticker
send_poll number --question --options --maxAnswer
react number --id --reaction
edit_message --chat --id --message
delete_message --chat --id
mark_read number --ids
message_status --id
set_presence number --state --isAudio
"""
SENDS_TAKE = {"--delay", "--quoted", "--mentionAll", "--mentionedJid"}


def _fields(row: Row) -> dict[str, Field[Any]]:
    kind: Any = class_of(row)
    return {each.name: each for each in fields(kind)} if is_dataclass(kind) else {}


def _old() -> Iterator[tuple[str, list[str]]]:
    for line in OLD.split("\n"):
        if line:
            name, *arguments = line.split()
            yield name, arguments


def test_no_name_is_there_twice() -> None:
    names = [row.name for row in ROWS]

    assert len(names) == len(set(names)) == 85
    assert len({row.command for row in CALLS}) == len(CALLS)


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row.name)
def test_a_command_takes_what_its_call_takes(row: Row) -> None:
    given = {one.field for one in row.arguments}

    assert given - OWN.get(row.name, set()) == _fields(row).keys()
    assert OWN.get(row.name, set()) <= given


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row.name)
def test_a_command_needs_what_its_call_needs(row: Row) -> None:
    needed = {
        each.name
        for each in _fields(row).values()
        if each.default is MISSING and each.default_factory is MISSING
    }
    asked = {one.field for one in row.arguments if one.required or not one.is_flag}

    if row.name in KEPT:
        assert asked == needed & {"instance_id"}
    else:
        assert asked == needed


@pytest.mark.parametrize(("name", "arguments"), list(_old()))
def test_what_old_scripts_say_is_taken(name: str, arguments: list[str]) -> None:
    row = find_row(name)

    assert row is not None
    known = [one.name for one in row.arguments]
    assert set(arguments) <= set(known)
    places = [one for one in arguments if not one.startswith("-")]
    assert [one for one in known if not one.startswith("-")] == places


def test_every_old_command_is_there() -> None:
    assert len(list(_old())) == 24


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name.startswith("send_")], ids=lambda r: r.name
)
def test_every_send_takes_what_sends_take(row: Row) -> None:
    known = {one.name for one in row.arguments}
    unnamed = row.name in {"send_buttons", "send_list"}

    assert {"--delay", "--quoted"} <= known
    assert (known >= SENDS_TAKE) is not unnamed
    assert ({"--id", "--idempotency-key"} <= known) is not unnamed


def test_the_words_that_may_be_chosen_are_those_of_the_call() -> None:
    privacy = find_row("set_privacy")
    connect = find_row("connect")

    assert privacy is not None
    assert connect is not None
    assert {one.field: one.choices for one in privacy.arguments} == PRIVACY_CHOICES
    [events] = [one.help for one in connect.arguments if one.name == "--subscribe"]
    assert all(word in events for word in EVENT_GROUPS)


def test_only_what_cannot_be_taken_back_asks() -> None:
    assert {row.name for row in ROWS if row.asks} == {"delete_instance", "logout"}


def test_a_row_leads_to_its_class() -> None:
    row = find_row("create_instance")

    assert row is not None
    assert class_of(row) is CreateInstance
