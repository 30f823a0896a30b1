"""A recipient as people write it, to the chat that WhatsApp knows."""

import re

PERSON = "s.whatsapp.net"
SERVERS = frozenset({PERSON, "g.us", "lid", "broadcast", "newsletter"})
"""What may stand behind the @ of a JID."""

# E.164 allows 15; the shortest national numbers with a country code have 7
_SHORTEST, _LONGEST = 7, 15
_PUNCTUATION = re.compile(r"[\s+().-]+")
_USER = re.compile(r"[0-9A-Za-z._-]+")


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


def recipient_of(number: str) -> str:
    """Return what to send as ``number``: bare digits for a person, else the JID.

    Bare digits let the gateway apply its rules for the country.

    Raises:
        ValueError: See ``chat_of``.
    """
    chat = chat_of(number)
    return chat if "@" in number else chat.partition("@")[0]


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
