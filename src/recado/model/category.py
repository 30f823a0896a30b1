"""Kinds of failure, each with a hint for the operator."""

from enum import StrEnum


class Category(StrEnum):
    """Why an attempt failed, as far as it decides what happens next."""

    TRANSIENT = "transient"
    OFFLINE = "offline"
    PERMANENT = "permanent"
    CONFIG = "config"
    UNKNOWN = "unknown"


HINTS: dict[Category, str] = {
    Category.TRANSIENT: (
        "It failed for a moment, and all retries failed too. Replay it when the "
        "other side works again."
    ),
    Category.OFFLINE: (
        "The WhatsApp number was not connected for too long. Connect the instance "
        "again (QR code or pairing), then replay."
    ),
    Category.PERMANENT: (
        "The same request will fail again. Correct the number, the content or the "
        "script first, then replay; or discard it."
    ),
    Category.CONFIG: (
        "A setting, key, licence or program is wrong. Repair it, then replay "
        "everything of this group."
    ),
    Category.UNKNOWN: (
        "Recado does not know this failure. Read the error and the output, then "
        "replay or discard."
    ),
}
