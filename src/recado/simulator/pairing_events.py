"""The webhooks around pairing a phone, and what WhatsApp does to a session."""

from typing import Any

from recado.simulator.envelopes import envelope
from recado.simulator.instances import Instance

MOST_CODES = 5
_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAA"
    "AABJRU5ErkJggg=="
)
PICTURE = f"data:image/png;base64,{_PIXEL}"
"""A picture in the place of the code's: one pixel, but a true PNG."""

_BAN = (
    "101: you sent too many messages to people who don't have you in their address "
    "books"
)
_DAY = 86_400 * 10**9


def raw_code(instance: Instance) -> str:
    """Return what the QR code of the moment says."""
    return f"2@{instance.id},{instance.qr_count},simulated,code=="


def qr_code(instance: Instance) -> dict[str, Any]:
    """Return the event of a code that waits to be scanned."""
    data = {
        "code": raw_code(instance),
        "count": instance.qr_count,
        "maxCount": MOST_CODES,
        "qrcode": PICTURE,
    }
    return envelope(instance, "QRCode", data)


def qr_timeout(instance: Instance) -> dict[str, Any]:
    """Return the event that ends a series of codes nobody scanned."""
    data = {
        "forceLogout": True,
        "maxCount": MOST_CODES,
        "qrcount": MOST_CODES,
        "reason": f"Maximum QR code count ({MOST_CODES}) reached",
    }
    return envelope(instance, "QRTimeout", data)


def pair_success(instance: Instance) -> dict[str, Any]:
    """Return the event of a phone that scanned the code or took the other one."""
    data = {
        "BusinessName": "",
        "ID": instance.device_jid,
        "LID": "100000000000000:12@lid",
        "Platform": "android",
        "jid": instance.device_jid,
        "status": "open",
    }
    return envelope(instance, "PairSuccess", data)


def logged_out_by_clean_up(instance: Instance) -> dict[str, Any]:
    """Return the event that follows the others of the same logout, or a restart."""
    return envelope(instance, "LoggedOut", {"reason": "Logged out"})


def connect_failure(instance: Instance) -> dict[str, Any]:
    """Return the event of a login that WhatsApp refused."""
    raw = {
        "Tag": "failure",
        "Attrs": {"location": "gru", "reason": "409"},
        "Content": None,
    }
    return envelope(
        instance, "ConnectFailure", {"Reason": 409, "Message": "", "Raw": raw}
    )


def temporary_ban(instance: Instance) -> dict[str, Any]:
    """Return the event of a number that may not write for a day."""
    data = {"Code": 101, "Expire": _DAY, "expire": _DAY, "reason": _BAN}
    return envelope(instance, "TemporaryBan", data)
