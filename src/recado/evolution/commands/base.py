"""What a command is: method, path, body, and whether it is safe to repeat."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from recado import wire
from recado.errors import OfflineError
from recado.evolution.transport import Auth, Request

Reply = TypeVar("Reply")


class Timing(StrEnum):
    """How long the gateway may work before it answers."""

    SEND_RETRYING = "send_retrying"
    SEND_MEDIA = "send_media"
    SEND_ONCE = "send_once"
    SEND_MEDIA_ONCE = "send_media_once"
    MEDIA = "media"
    SESSION = "session"
    CONTROL = "control"
    FAST = "fast"


READ_SECONDS: dict[Timing, float] = {
    # three rounds of reconnects (48 s), a check and WhatsApp's own 75 s: below that the
    # clean "offline" error would look like an unknown outcome
    Timing.SEND_RETRYING: 130.0,
    Timing.SEND_MEDIA: 300.0,
    Timing.SEND_ONCE: 100.0,
    Timing.SEND_MEDIA_ONCE: 180.0,
    Timing.MEDIA: 300.0,
    Timing.SESSION: 90.0,
    Timing.CONTROL: 30.0,
    Timing.FAST: 15.0,
}
"""How long to wait for an answer, in seconds, without a message's own ``delay``."""


class Command(ABC, Generic[Reply]):
    """One call of the API, as a value. Pure: it does nothing by itself."""

    __slots__ = ()

    method: str
    path: str
    """The route as the gateway names it; a command with ids in it builds its own."""
    timing: ClassVar[Timing]
    auth: Auth = Auth.INSTANCE
    enveloped: ClassVar[bool] = True
    """Whether a success is ``{"message": "success", "data": …}``."""

    @property
    def route(self) -> str:
        """The call's name in errors and logs."""
        return f"{self.method} {self.path}"

    @property
    @abstractmethod
    def repeatable(self) -> bool:
        """Whether making the same call twice takes effect once."""

    @property
    def delay_seconds(self) -> float:
        """How long the gateway is asked to wait before it acts, in seconds."""
        return 0.0

    @property
    def read_seconds(self) -> float:
        """How long to wait for the answer, in seconds, ``delay_seconds`` included."""
        return READ_SECONDS[self.timing] + self.delay_seconds

    @abstractmethod
    def body(self) -> dict[str, Any] | None:
        """Return the JSON body; None sends none."""

    @abstractmethod
    def read(self, data: Any) -> Reply:
        """Return the reply that a success holds.

        Raises:
            LookupError, TypeError, ValueError: It is not what the route answers.
        """

    def read_offline(self, error: OfflineError) -> Reply:
        """Return the reply when the instance is offline; most routes have none.

        Raises:
            OfflineError: Being offline is a failure of this call.
        """
        raise error

    def request(self) -> Request:
        """Return the request that makes this call."""
        body = self.body()
        return Request(
            method=self.method,
            path=self.path,
            route=self.route,
            auth=self.auth,
            body=None if body is None else wire.encode(body),
            read_timeout=self.read_seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyCall(Command[Any]):
    """A call of a route that has no command of its own; its reply is the plain JSON.

    Only a GET counts as repeatable.
    """

    method: str
    path: str
    json: Any = None
    auth: Auth = Auth.INSTANCE
    timing = Timing.SEND_RETRYING  # the longest of the routes without media
    enveloped = False

    def __post_init__(self) -> None:
        # without the slash the path could continue the host's name: @evil.example
        if not self.path.startswith("/"):
            raise ValueError("path must start with /")

    @property
    def repeatable(self) -> bool:
        """See ``Command``."""
        return self.method.upper() == "GET"

    def body(self) -> Any:
        """See ``Command``."""
        return self.json

    def read(self, data: Any) -> Any:
        """See ``Command``."""
        return data
