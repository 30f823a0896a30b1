"""Uses of the client as programs write them; only type checkers read this.

``make check`` runs mypy and basedpyright on it, as the editors of users do. What must
be refused is marked with a comment for both, which itself is an error once it is not
needed.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

from recado.errors import EvolutionError
from recado.evolution import AsyncEvolutionGo, EvolutionGo, RetryPolicy
from recado.evolution.commands.interactive import Button, ListRow, ListSection
from recado.evolution.commands.sending import Quoted
from recado.evolution.commands.sends import SendText
from recado.evolution.commands.session import Connect
from recado.evolution.replies.groups import CreatedGroup, Group
from recado.evolution.replies.instances import (
    AdvancedOptions,
    Instance,
    InstanceStatusReply,
)
from recado.evolution.replies.messages import DeliveryStatus, SentMessage
from recado.evolution.replies.users import NumberCheck
from recado.evolution.upload import Upload

NUMBER = "5511999990001"


def threads(client: EvolutionGo) -> None:
    assert_type(client.send_text(NUMBER, "oi"), SentMessage)
    sent = client.send_text(
        NUMBER,
        "oi",
        idempotency_key="order-17-paid",
        delay=1500,
        quoted=Quoted(message_id="A", participant=NUMBER),
        mentioned_jid=[NUMBER],
    )
    assert_type(sent.id, str)
    assert_type(sent.timestamp, datetime | None)
    client.send_location(NUMBER, latitude=-23.55, longitude=-46.63)
    client.send_media(NUMBER, "image", url="https://example.com/a.jpg", caption="!")
    client.send_media(NUMBER, "document", file=Upload(content=Path("report.pdf")))
    client.send_poll(NUMBER, "?", ["a", "b"], max_answer=1, id="3EB0AA")
    client.send_buttons(
        NUMBER,
        title="t",
        description="d",
        footer="f",
        buttons=[Button(type="reply", display_text="Yes")],
        delay=100,
    )
    client.send_list(
        NUMBER,
        title="t",
        description="d",
        footer_text="f",
        button_text="b",
        sections=[ListSection(title="s", rows=[ListRow(title="r", row_id="1")])],
    )
    client.react(NUMBER, "A", "👍", from_me=True)
    client.history_sync(NUMBER, "A", datetime(2026, 1, 1, tzinfo=UTC))
    assert_type(client.instance_status(), InstanceStatusReply)
    assert_type(client.check_numbers([NUMBER]), list[NumberCheck])
    assert_type(client.message_status("A"), DeliveryStatus | None)
    assert_type(client.create_group("Friends", [NUMBER]), CreatedGroup)
    assert_type(client.list_groups(), list[Group])


def settings(client: EvolutionGo, instance_id: str) -> None:
    present = client.advanced_settings(instance_id)
    assert_type(present, AdvancedOptions)
    client.set_advanced_settings(instance_id, replace(present, reject_call=True))
    instance = client.instance_info(instance_id)
    assert_type(instance, Instance)
    assert_type(instance.token.reveal(), str)
    client.call(replace(Connect.keeping(instance), webhook_url="https://example.com"))
    client.connect("https://example.com", subscribe=["MESSAGE", "READ_RECEIPT"])
    client.update_group_participants("1@g.us", [NUMBER], "promote")


async def coroutines() -> None:
    async with AsyncEvolutionGo(
        "http://127.0.0.1:8080", "token", retry=RetryPolicy(max_attempts=5)
    ) as client:
        assert_type(await client.send_text(NUMBER, "oi", delay=5), SentMessage)
        assert_type(await client.call(SendText(number=NUMBER, text="oi")), SentMessage)
        assert_type(await client.list_groups(), list[Group])
        assert_type(await client.pair(NUMBER), str)
        await client.with_options(deadline=30.0).pin_chat(NUMBER)
        await client.set_presence(NUMBER, "recording")


def failures(client: EvolutionGo) -> bool:
    try:
        client.logout()
    except EvolutionError as error:
        assert_type(error.may_have_acted, bool)
        assert_type(error.attempts, int)
        assert_type(error.status, int | None)
        return error.may_have_acted
    return False


def mistakes(client: EvolutionGo) -> None:
    client.send_text(NUMBER, "oi", dely=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.send_text(NUMBER, 5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.send_text(NUMBER, "oi", delay="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.send_media(NUMBER, "gif", url="https://x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.connect("https://x", subscribe=["message"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    client.send_list(NUMBER, id="A")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
