"""The name of a message, made once per logical send."""

from collections.abc import Callable

PREFIX = "3EB0"
"""What WhatsApp's own web clients start their message ids with."""

DIGITS = 18


def message_id(logical_send: str, *, instance: str, chat: str) -> str:
    """Return the id of the message that a logical send puts into a chat.

    Equal inputs give equal ids, in every process and for ever: that is what makes a
    repeated send show once. Never use one ``logical_send`` for other content.
    """
    from hashlib import sha256  # noqa: PLC0415 -- slow to load; few sends have a key

    digest = sha256()
    for part in (logical_send, instance, chat):
        text = part.encode()
        # with its length in front no part can run over into the next
        digest.update(len(text).to_bytes(8, "big") + text)
    return PREFIX + digest.hexdigest()[:DIGITS].upper()


def fresh_id(token: Callable[[int], str]) -> str:
    """Return an id that was never used; ``token(n)`` gives ``n`` random hex bytes."""
    return PREFIX + token(DIGITS // 2).upper()


class Namer:
    """Names the messages of one client.

    ``instance`` is the user's word for the sending number; ``token(n)`` gives ``n``
    random bytes in hexadecimal.
    """

    # no dataclass: a command line loads this module, and nothing else that needs them
    __slots__ = ("instance", "token")

    def __init__(self, *, instance: str, token: Callable[[int], str]) -> None:
        self.instance = instance
        self.token = token

    def name(self, chat: str, *, id: str | None, idempotency_key: str | None) -> str:  # noqa: A002 -- the gateway's own word
        """Return the message's id: the given one, one from the key, or a fresh one.

        Raises:
            ValueError: Both are given, or one of them is empty.
        """
        if id is not None and idempotency_key is not None:
            raise ValueError("give id or idempotency_key, not both")
        if "" in (id, idempotency_key):
            raise ValueError("id and idempotency_key must not be empty")
        if id is not None:
            return id
        if idempotency_key is not None:
            return message_id(idempotency_key, instance=self.instance, chat=chat)
        return fresh_id(self.token)
