"""A recipient as people write it, to the chat that WhatsApp knows."""

import re
from functools import lru_cache

PERSON = "s.whatsapp.net"
GROUP = "g.us"
NEWSLETTER = "newsletter"
SERVERS = frozenset({PERSON, GROUP, "lid", "broadcast", NEWSLETTER})
"""What may stand behind the @ of a JID."""

# E.164 allows 15; the shortest national numbers with a country code have 7
_SHORTEST, _LONGEST = 7, 15
_PUNCTUATION = re.compile(r"[\s+().-]+")
# longer than any phone number, or with the hyphen of older groups
_BARE_ID = re.compile(r"[0-9]{16,}|[0-9]{7,}-[0-9]{6,}")
_USER = re.compile(r"[0-9A-Za-z._-]+")


# A send asks three times, and a bot answers the same people again and again.
@lru_cache(maxsize=1024)
def chat_of(number: str) -> str:
    """Return the JID of the chat that ``number`` names.

    Takes a phone number with country code in any usual spelling (``+55 (11)
    99999-0001``) or a JID. The device part that a sender's JID carries is dropped.

    Raises:
        ValueError: It is neither; the message says what is wrong with it.
    """
    if "@" in number:
        return _checked_jid(number.strip())
    digits = _PUNCTUATION.sub("", number)
    if not digits.isascii() or not digits.isdigit():
        raise ValueError(
            f"{number!r} is not a phone number: write country code, area code and "
            "number, such as 5511999990001, or a JID"
        )
    if len(digits) < _SHORTEST:
        raise ValueError(f"{number!r} is too short: the country code must be there")
    if len(digits) > _LONGEST:
        raise ValueError(
            f"{number!r} is too long for a phone number; a group is written "
            f"{digits}@g.us"
        )
    return f"{digits}@{PERSON}"


@lru_cache(maxsize=1024)
def recipient_of(number: str) -> str:
    """Return what to send as ``number``: bare digits for a person, else the JID.

    Bare digits let the gateway apply its rules for the country.

    Raises:
        ValueError: See ``chat_of``.
    """
    chat = chat_of(number)
    return chat if "@" in number else chat.partition("@")[0]


def phone_of(number: str) -> str:
    """Return the digits of a person's phone number.

    Raises:
        ValueError: It names no phone; see ``chat_of``.
    """
    digits, _, server = chat_of(number).partition("@")
    if server != PERSON:
        raise ValueError(f"{number!r} is not a phone number")
    return digits


def group_of(group: str) -> str:
    """Return the JID of a group or community, from its JID or its bare id.

    Raises:
        ValueError: It is neither, or could as well be a phone number.
    """
    return _on_server(GROUP, group, what="a group")


def newsletter_of(newsletter: str) -> str:
    """Return the JID of a channel, from its JID or its bare id.

    Raises:
        ValueError: It is neither, or could as well be a phone number.
    """
    return _on_server(NEWSLETTER, newsletter, what="a newsletter")


def _on_server(server: str, text: str, *, what: str) -> str:
    if "@" in text:
        jid = _checked_jid(text.strip())
        if jid.endswith(f"@{server}"):
            return jid
    elif _BARE_ID.fullmatch(text.strip()):
        return f"{text.strip()}@{server}"
    raise ValueError(
        f"{text!r} is not {what}: give its JID, such as 120363041234567890@{server}"
    )


def _checked_jid(jid: str) -> str:
    user, _, server = jid.partition("@")
    user = user.partition(":")[0]
    server = server.lower()
    if server not in SERVERS:
        known = ", ".join(f"@{name}" for name in sorted(SERVERS))
        raise ValueError(f"{jid!r} is not a JID: after the name comes one of {known}")
    if not _USER.fullmatch(user):
        raise ValueError(f"{jid!r} is not a JID: nothing usable stands before the @")
    return f"{user}@{server}"
