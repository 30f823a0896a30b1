"""What a WhatsApp message says, and what it is about."""

from typing import Any

from recado.wire import part_at, text_at

CAPTIONED = ("imageMessage", "videoMessage", "documentMessage")
_WRAPPERS = (
    "ephemeralMessage",
    "viewOnceMessage",
    "viewOnceMessageV2",
    "viewOnceMessageV2Extension",
    "documentWithCaptionMessage",
    "editedMessage",
)
_MAX_WRAPPERS = 4  # WhatsApp nests two or three


def text_of(message: dict[str, Any]) -> str:
    """Return what a person would read in a WhatsApp message, "" when nothing.

    Plain text, then text with a preview, reply or mention, then a caption; of an edit
    the new content. Evolution Go and Evolution API use these names.
    """
    for _ in range(_MAX_WRAPPERS):
        text = message.get("conversation") or _longer_text(message)
        if text:
            return text if isinstance(text, str) else ""
        inner = _unwrapped(message)
        if not inner:
            return ""
        message = inner
    return ""


def opened(message: dict[str, Any]) -> dict[str, Any]:
    """Return the content inside the wrappers of disappearing messages and the like."""
    for _ in range(_MAX_WRAPPERS):
        inner = _inside_wrapper(message)
        if not inner:
            return message
        message = inner
    return message


def _longer_text(message: dict[str, Any]) -> str:
    text = text_at(part_at(message, "extendedTextMessage"), "text")
    if text:
        return text
    for name in CAPTIONED:
        if name in message:
            return text_at(part_at(message, name), "caption")
    return ""


def _unwrapped(message: dict[str, Any]) -> dict[str, Any]:
    edited = part_at(part_at(message, "protocolMessage"), "editedMessage")
    return edited or _inside_wrapper(message)


def _inside_wrapper(message: dict[str, Any]) -> dict[str, Any]:
    for name in _WRAPPERS:
        if name in message:
            return part_at(part_at(message, name), "message")
    return {}
