"""The name of a message."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.evolution.message_id import Namer, fresh_id, message_id

CHAT = "5511999990001@s.whatsapp.net"
NAMER = Namer(instance="shop", token=lambda size: "ab" * size)


@given(st.text(), st.text(), st.text())
def test_an_id_looks_like_whatsapps_own(send: str, instance: str, chat: str) -> None:
    name = message_id(send, instance=instance, chat=chat)

    assert re.fullmatch(r"3EB0[0-9A-F]{18}", name)


def test_an_id_is_the_same_in_every_release() -> None:
    # written down: a change would make every repeated send of users show twice
    assert (
        message_id("order-17", instance="shop", chat=CHAT) == "3EB0F9768D35F296EED4DC"
    )


def test_each_part_counts_and_none_runs_into_the_next() -> None:
    parts = [("ab", "c", "d"), ("a", "bc", "d"), ("a", "b", "cd"), ("abcd", "", "")]

    ids = {message_id(one, instance=two, chat=three) for one, two, three in parts}

    assert len(ids) == 4


def test_a_fresh_id_is_made_of_chance() -> None:
    assert fresh_id(lambda size: "0f" * size) == "3EB0" + "0F" * 9


def test_a_key_gives_the_same_id_each_time_and_no_key_a_fresh_one() -> None:
    keyed = NAMER.name(CHAT, id=None, idempotency_key="order-17")

    assert keyed == message_id("order-17", instance="shop", chat=CHAT)
    assert NAMER.name(CHAT, id="MINE", idempotency_key=None) == "MINE"
    assert NAMER.name(CHAT, id=None, idempotency_key=None) == "3EB0" + "AB" * 9


@pytest.mark.parametrize(("own", "key"), [("A", "b"), ("", None), (None, "")])
def test_a_name_that_is_unclear_is_refused(own: str | None, key: str | None) -> None:
    with pytest.raises(ValueError, match="idempotency_key"):
        NAMER.name(CHAT, id=own, idempotency_key=key)
