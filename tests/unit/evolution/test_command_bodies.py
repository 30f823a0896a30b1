"""What commands make of what they were told, beyond copying it."""

from pathlib import Path
from typing import Any

import pytest

from recado.errors import ServerFaultError
from recado.evolution.commands.base import Command
from recado.evolution.commands.communities import AddToCommunity
from recado.evolution.commands.instances import CreateInstance, Proxy, SetProxy
from recado.evolution.commands.media import SendMedia
from recado.evolution.commands.messages import React, SetPresence
from recado.evolution.commands.sends import (
    NEARLY_ZERO,
    SendContact,
    SendLink,
    SendLocation,
)
from recado.evolution.commands.session import Connect, Pair
from recado.evolution.commands.users import CheckNumbers
from recado.evolution.message_id import Namer
from recado.evolution.replies.instances import Instance
from recado.evolution.upload import Upload
from tests.helpers.gateway_answers import INSTANCE

N = "5511999990001"
GROUP = "120363041234567890@g.us"
NAMER = Namer(instance="", token=lambda size: "0b" * size)


def body(command: Command[Any]) -> dict[str, Any]:
    made = command.body()
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("text", "url", "sent"),
    [
        ("look", "https://x.example", "look\nhttps://x.example"),
        ("look at https://x.example!", "https://x.example", None),
        ("", "https://x.example", "https://x.example"),
        ("https://x.example", "", None),
    ],
)
def test_the_link_is_in_the_text(text: str, url: str, sent: str | None) -> None:
    command = SendLink(number=N, text=text, url=url)

    assert body(command)["text"] == (sent or text)
    assert "url" not in body(command)


def test_a_place_on_the_equator_is_moved_by_a_centimetre() -> None:
    made = body(SendLocation(number=N, latitude=0, longitude=-0.0))

    assert (made["latitude"], made["longitude"]) == (NEARLY_ZERO, NEARLY_ZERO)
    assert abs(NEARLY_ZERO) * 111_320 < 0.02  # metres to a degree


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        ("", "", ("-23.55000, -46.63000", "-23.55000, -46.63000")),
        ("Sé", "", ("Sé", "Sé")),
        ("", "Praça", ("Praça", "Praça")),
        ("Sé", "Praça", ("Sé", "Praça")),
    ],
)
def test_a_place_always_has_a_name_and_an_address(
    name: str, address: str, shown: tuple[str, str]
) -> None:
    command = SendLocation(
        number=N, latitude=-23.55, longitude=-46.63, name=name, address=address
    )

    assert (body(command)["name"], body(command)["address"]) == shown


def test_a_card_goes_to_a_checked_number_whatever_format_jid_says() -> None:
    command = SendContact(
        number="+55 11 99999-0001", full_name="Ana", phone=f"+{N}", format_jid=False
    )

    assert body(command)["number"] == N
    assert body(command)["vcard"] == {"fullName": "Ana", "phone": N}


def test_an_uploaded_file_keeps_its_name_unless_told_otherwise() -> None:
    file = Upload(content=Path("some/report.pdf"))
    plain = SendMedia(number=N, type="document", file=file)
    named = SendMedia(number=N, type="document", file=file, filename="r.pdf")

    plain_parts, named_parts = plain.request().upload, named.request().upload
    assert plain_parts is not None
    assert named_parts is not None
    assert plain_parts.file is file
    assert dict(plain_parts.fields)["filename"] == "report.pdf"
    assert dict(named_parts.fields)["filename"] == "r.pdf"


def test_a_reaction_can_be_taken_away() -> None:
    command = React(number=GROUP, id="A", reaction="", from_me=True)

    assert body(command)["reaction"] == "remove"


def test_recording_is_composing_with_audio() -> None:
    command = SetPresence(number=N, state="recording", is_audio=False)

    assert body(command) == {
        "number": f"{N}@s.whatsapp.net",
        "state": "composing",
        "isAudio": True,
    }


def test_settings_can_be_kept_but_for_one() -> None:
    present = Instance.read(INSTANCE | {"events": "MESSAGE,OLD_WORD"})
    command = Connect.keeping(present)

    assert body(command) == {
        "webhookUrl": "https://example.com/hooks/x",
        "subscribe": ["MESSAGE"],
        "rabbitmqEnable": "enabled",
        "natsEnable": "",
        "websocketEnable": "enabled",
    }


def test_a_new_instance_gets_a_token_once() -> None:
    command = CreateInstance(name="shop").completed(NAMER)

    assert command.token == "0b" * 16
    assert command.completed(Namer(instance="", token=lambda _: "x")) is command
    assert CreateInstance(name="shop", token="own").completed(NAMER).token == "own"


def test_secrets_of_a_command_do_not_print() -> None:
    proxy = Proxy(host="h", port=1, username="u", password="proxy-hush")
    command = CreateInstance(name="shop", token="token-hush", proxy=proxy)
    other = SetProxy(instance_id="i", host="h", port=1, password="proxy-hush")

    assert "hush" not in f"{command} {other}"


def test_an_empty_pairing_code_is_a_failure() -> None:
    with pytest.raises(ServerFaultError, match="call connect first"):
        Pair(phone=N).read({"PairingCode": ""})
    with pytest.raises(TypeError):
        Pair(phone=N).read({"PairingCode": None})


@pytest.mark.parametrize("data", [None, {"Users": None}])
def test_a_failed_check_of_numbers_is_no_answer(data: object) -> None:
    with pytest.raises(ServerFaultError, match="nothing is known"):
        CheckNumbers(numbers=[N]).read(data)


def test_groups_that_were_not_linked_are_an_error() -> None:
    command = AddToCommunity(community_jid=GROUP, group_jids=[GROUP])

    with pytest.raises(ServerFaultError, match=f"not done for {GROUP}"):
        command.read({"success": [GROUP], "failed": [GROUP]})
