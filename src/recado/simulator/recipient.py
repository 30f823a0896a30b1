"""A number as a caller writes it, to the chat that the gateway sends to.

These are the gateway's own rules, faults included; ``recado.evolution.number`` has
what Recado does to a number before it sends it.
"""

PERSON = "s.whatsapp.net"
GROUP = "g.us"
NEWSLETTER = "newsletter"
_SERVERS = (GROUP, PERSON, "lid", "broadcast", NEWSLETTER)
_MARKS = tuple(f"@{server}" for server in _SERVERS)
_LONG = 18
_WITH_EXTRA_DIGITS = 13
_DROPPED = str.maketrans("", "", " +()")


def clean(number: str) -> str | None:
    """Return the number as the gateway rewrites it, None when no digit is left.

    A person becomes ``+<digits>@s.whatsapp.net``; what looks like a JID stays.
    """
    if any(mark in number for mark in _MARKS):
        return number
    bare = number.translate(_DROPPED).partition(":")[0]
    if len(bare) >= _LONG:  # covers those with a hyphen and 24 characters too
        kept = "".join(c for c in bare if c in "0123456789-")
        return f"{kept}@{GROUP}"
    digits = "".join(c for c in bare if c in "0123456789")
    return f"+{_without_extra(digits)}@{PERSON}" if digits else None


def _without_extra(digits: str) -> str:
    if len(digits) != _WITH_EXTRA_DIGITS:
        return digits
    if digits.startswith("52"):  # one more than it should
        return digits[:2] + digits[4:]
    if digits.startswith("54"):
        return digits[:2] + digits[3:]
    if digits.startswith("55") and digits[2:4] >= "31" and digits[4] in "789":
        return digits[:4] + digits[5:]
    return digits


def chat_of(number: str) -> str | None:
    """Return the chat that a cleaned number names, None when it names none."""
    user, at, server = number.partition("@")
    user = user.removeprefix("+")
    if at:
        return f"{user}@{server}"
    return f"{user}@{PERSON}" if user.isascii() and user.isdigit() else None


def trouble_with(chat: str) -> str | None:
    """Return the name of the error that sending to such a chat gives."""
    user, _, server = chat.partition("@")
    if server not in _SERVERS:
        return "unknown_jid_server"
    if ":" in user:
        return "recipient_has_device"
    if server == "broadcast" and user != "status":
        return "broadcast_unsupported"
    return None


def address_of(written: str) -> str | None:
    """Return the address in a field that no check has rewritten, None for none.

    A bare number keeps the plus sign that the sends take off again, so that it is
    nobody's chat.
    """
    return written if "@" in written else clean(written)


def person_of(number: str) -> str:
    """Return the digits of a person's number or address."""
    return number.partition("@")[0].removeprefix("+")
