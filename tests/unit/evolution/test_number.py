"""Recipients as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.evolution.number import chat_of, recipient_of

PERSON = "5511999990001@s.whatsapp.net"


@pytest.mark.parametrize(
    "number",
    [
        "5511999990001",
        "+55 (11) 99999-0001",
        " 55.11.99999.0001 ",
        PERSON,
        "5511999990001:12@s.whatsapp.net",
        "5511999990001@S.WhatsApp.net",
    ],
)
def test_every_spelling_of_a_number_is_one_chat(number: str) -> None:
    assert chat_of(number) == PERSON


@pytest.mark.parametrize(
    "jid",
    [
        "120363041234567890@g.us",
        "5511999990001-1600000000@g.us",
        "123456789012345@lid",
        "status@broadcast",
        "120363041234567890@newsletter",
    ],
)
def test_a_jid_stays_as_it_is(jid: str) -> None:
    assert chat_of(jid) == jid
    assert recipient_of(jid) == jid


def test_a_plain_number_goes_out_as_digits() -> None:
    assert recipient_of("+55 (11) 99999-0001") == "5511999990001"


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        ("", "is not a phone number"),
        ("maria", "is not a phone number"),
        ("5511x9999", "is not a phone number"),
        ("٥٥١١٩٩٩٩٩٠٠٠١", "is not a phone number"),
        ("123456", "country code"),
        ("120363041234567890", "120363041234567890@g.us"),
        ("5511999990001@c.us", "@s.whatsapp.net"),
        ("@g.us", "before the @"),
        ("a b@g.us", "before the @"),
        ("5511999990001@", "after the name"),
    ],
)
def test_nonsense_is_refused_with_a_hint(number: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        chat_of(number)


@given(st.text())
def test_whatever_is_accepted_is_accepted_again_unchanged(text: str) -> None:
    try:
        chat = chat_of(text)
    except ValueError:
        return

    assert chat_of(chat) == chat
