"""What a transport promises: one request out, one answer back."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from recado.evolution.upload import Multipart


class Auth(StrEnum):
    """Which of the gateway's two kinds of key a route wants, or none."""

    INSTANCE = "instance"
    ADMIN = "admin"
    NONE = "none"


JSON = "application/json"


# Both are named tuples, since each call makes one: three times as fast as dataclasses.


class Request(NamedTuple):
    """One request, ready to go. ``body`` is JSON text, declared as ``content_type``.

    ``route`` names it in errors and logs; unlike ``path`` it holds no ids. With an
    ``upload`` there is no ``body``. ``read_timeout`` is the seconds to wait for the
    answer once there is a connection, ``limit`` the seconds for everything, connecting
    included; None sets none.
    """

    # what it carries comes last: all before it is the same for many requests
    method: str
    path: str
    route: str
    auth: Auth
    read_timeout: float
    content_type: str | None = None
    limit: float | None = None
    body: bytes | None = None
    upload: Multipart | None = None


class Answer(NamedTuple):
    """What came back, whatever its status. Ask for headers in lower case.

    ``resendable`` tells whether the request could be made again as it was; a stream
    that was read and cannot go back makes it false.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    resendable: bool = True


class Transport(Protocol):
    """Makes blocking requests. Safe to use from many threads at the same time."""

    def send(self, request: Request) -> Answer:
        """Make the request exactly once and return the answer.

        Raises:
            UnreachableError: No connection was made, so nothing was sent.
            MisconfiguredError: The other side's TLS is not trusted or is none.
            NoAnswerError: It may have been sent, but no whole answer came.
            OSError: The file to upload cannot be read; nothing was sent.
            ValueError: The file is shorter than was said; nothing was sent.
            RuntimeError: The transport is closed.
        """
        ...

    def close(self) -> None:
        """Give all connections back; the transport cannot be used afterwards."""
        ...


class AsyncTransport(Protocol):
    """Makes requests for coroutines. Safe to use many times at the same time."""

    async def send(self, request: Request) -> Answer:
        """See ``Transport``. Cancelling it drops the connection, not the send."""
        ...

    async def close(self) -> None:
        """See ``Transport``."""
        ...
