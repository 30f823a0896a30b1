"""What a message holds besides its head."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha512
from typing import Any

from recado.simulator.message_head import days_before

ALICE = "5511990000001@s.whatsapp.net"
"""Who writes when nobody else is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a message event tells: who said what, where and when.

    ``sender`` is needed in groups only; elsewhere a chat is with its author. ``about``
    is the id of the message that is reacted to, edited, deleted or voted in.
    """

    id: str
    at: datetime
    text: str
    chat: str = ALICE
    push_name: str = "Alice Example"
    sender: str = ""
    about: str = ""

    @property
    def author(self) -> str:
        """Return who wrote a message that came in."""
        return self.sender or self.chat


def picture(said: Said) -> dict[str, Any]:
    """Return the content of a picture; the text is its caption."""
    path = f"/v/t62.7118-24/{_bytes(said.id, 'path', 8).hex()}.enc"
    described = {
        "URL": f"https://mmg.whatsapp.net{path}",
        "caption": said.text,
        "contextInfo": {},
        "directPath": path,
        "fileEncSHA256": _base64(said.id, "encrypted", 32),
        "fileLength": 31_337,
        "fileSHA256": _base64(said.id, "file", 32),
        "height": 1280,
        "mediaKey": _base64(said.id, "key", 32),
        "mediaKeyTimestamp": int(said.at.timestamp()),
        "mimetype": "image/jpeg",
        "width": 960,
    }
    return {
        "base64": b64encode(b"a picture of the simulator").decode(),
        "imageMessage": described,
        "messageContextInfo": context_info(said),
    }


def context_info(said: Said) -> dict[str, Any]:
    """Return what an encrypted message says of the devices it was made for."""
    return {
        "deviceListMetadata": {
            "recipientKeyHash": _base64("instance", "devices", 10),
            "recipientTimestamp": days_before(said.at, 9),
            "senderKeyHash": _base64(said.chat, "devices", 10),
            "senderTimestamp": days_before(said.at, 3),
        },
        "deviceListMetadataVersion": 2,
        "messageSecret": _base64(said.id, "secret", 32),
    }


def request_id(said: Said) -> str:
    """Return the id of the request that made a phone resend the message."""
    return f"3EB0{_bytes(said.id, 'request', 9).hex().upper()}"


def _bytes(of: str, purpose: str, length: int) -> bytes:
    # looks random, yet a message built twice is the same message
    return sha512(f"{purpose}:{of}".encode()).digest()[:length]


def _base64(of: str, purpose: str, length: int) -> str:
    return b64encode(_bytes(of, purpose, length)).decode()
