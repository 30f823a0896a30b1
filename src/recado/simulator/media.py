"""Files as WhatsApp keeps them, and which the gateway takes."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

# kind: the type that is sent when the name of the file tells none
_TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "ptv": "video/mp4",
    "audio": "audio/ogg; codecs=opus",
    "document": "application/octet-stream",
    "sticker": "image/webp",
}
_GUESSED = frozenset({"image", "document"})
_CAPTIONED = frozenset({"image", "video", "document"})
_TAKEN = {
    "image": "'image/jpeg', 'image/png' and 'image/webp' are",
    "video": "'video/mp4' is",
}


def media_kinds() -> frozenset[str]:
    """Return the words that ``type`` of a send can be."""
    return frozenset(_TYPES) - {"sticker"}


def described(
    kind: str, file: bytes, *, guessed: str, caption: str, context: dict[str, Any]
) -> dict[str, Any]:
    """Return what a message says of a file; ``guessed`` is the type of its name."""
    path = f"/o1/v/{sha256(file).hexdigest()[:16]}.enc"
    body: dict[str, Any] = {"URL": f"https://mmg.whatsapp.net{path}"}
    body["mimetype"] = (kind in _GUESSED and guessed) or _TYPES[kind]
    if kind in _CAPTIONED and caption:
        body["caption"] = caption
    body |= {
        "fileSHA256": _digest(file),
        "fileLength": len(file),
        "mediaKey": _digest(file, b"key"),
        "fileEncSHA256": _digest(file, b"encrypted"),
        "directPath": path,
    }
    if kind == "audio":
        body["PTT"] = True
    return body | {"contextInfo": context}


def refusal_of(kind: str, file: bytes) -> str | None:
    """Return what the gateway says of a file whose bytes are not of its kind."""
    if kind not in _TAKEN:
        return None
    found = _sniffed(file)
    if f"'{found}'" in _TAKEN[kind]:
        return None
    return f"Invalid file format: '{found}'. Only {_TAKEN[kind]} accepted"


def _sniffed(file: bytes) -> str:
    known = (
        (file.startswith(b"\xff\xd8\xff"), "image/jpeg"),
        (file.startswith(b"\x89PNG\r\n\x1a\n"), "image/png"),
        (file.startswith(b"RIFF") and file[8:14] == b"WEBPVP", "image/webp"),
        (file.startswith(b"GIF8"), "image/gif"),
        (file[4:8] == b"ftyp", "video/mp4"),
        (file.lstrip()[:5].lower() in (b"<html", b"<!doc"), "text/html; charset=utf-8"),
        (file.isascii(), "text/plain; charset=utf-8"),
    )
    return next((name for fits, name in known if fits), "application/octet-stream")


def _digest(file: bytes, purpose: bytes = b"") -> str:
    return b64encode(sha256(purpose + file).digest()).decode()
