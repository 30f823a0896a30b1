"""What a sender's protocol demands as an answer."""

from dataclasses import dataclass

from recado import wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer other than the usual one. ``body`` is sent as it is."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""


def json_reply(content: object, *, status: int = 200) -> Reply:
    """Return a reply that holds a JSON value."""
    return Reply(
        status=status, content_type="application/json", body=wire.encode(content)
    )
