"""What a command is: method, path, body, and whether it is safe to repeat."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, Self, TypeVar

from recado import wire
from recado.errors import OfflineError
from recado.evolution.message_id import Namer
from recado.evolution.transport import JSON, Auth, Request
from recado.evolution.upload import Multipart

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
    """The route as the gateway names it, ``:id`` standing for a value."""
    route: str
    """The call's name in errors and logs: the method and the path, without ids."""
    timing: ClassVar[Timing] = Timing.FAST
    read_seconds: ClassVar[float]
    """How long to wait for the answer, in seconds, without ``delay``."""
    delay: int | None = None
    """How long the gateway is asked to wait before it acts, in milliseconds."""
    auth: Auth = Auth.INSTANCE
    safe: ClassVar[bool] = False
    """Whether any two equal calls take effect once."""
    enveloped: ClassVar[bool] = True
    """Whether a success is ``{"message": "success", "data": …}``."""
    content_type: ClassVar[str] = JSON

    def __init_subclass__(cls) -> None:
        """Work out once for a class what each of its calls needs."""
        super().__init_subclass__()
        own = vars(cls)
        if isinstance(own.get("path"), str):
            cls.route = f"{cls.method} {cls.path}"
        if "read_seconds" not in own:
            cls.read_seconds = READ_SECONDS[cls.timing]

    @property
    def target(self) -> str:
        """The path that is really asked for, with its values and its query."""
        return self.path

    @property
    def repeatable(self) -> bool:
        """Whether making this call twice takes effect once."""
        return self.safe

    def completed(self, namer: Namer) -> Self:  # noqa: ARG002 -- most need nothing
        """Return the call with what is chosen once and kept over all attempts.

        That is a send's id, and the token of a new instance.

        Raises:
            ValueError: What the caller chose cannot be used.
        """
        return self

    def body(self) -> dict[str, Any] | None:
        """Return the JSON body; None sends none."""
        return None

    def upload(self) -> Multipart | None:
        """Return the parts of a call that carries a file, instead of a body."""
        return None

    @abstractmethod
    def read(self, data: Any) -> Reply:
        """Return the reply that a success holds.

        Raises:
            LookupError, TypeError, ValueError: It is not what the route answers.
            EvolutionError: It is a failure that looks like a success.
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
        seconds = self.read_seconds
        if self.delay:
            seconds += self.delay / 1000
        return Request(
            self.method,
            self.target,
            self.route,
            self.auth,
            seconds,
            None if body is None else self.content_type,
            None,
            None if body is None else wire.encode(body),
            self.upload(),
        )


class Done(Command[None]):
    """A call whose success says no more than that."""

    __slots__ = ()

    def read(self, data: Any) -> None:
        """See ``Command``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyCall(Command[Any]):
    """A call of a route that has no command of its own; its reply is the plain JSON.

    Only a GET counts as repeatable.
    """

    method: str
    path: str
    json: Any = None
    auth: Auth = Auth.INSTANCE
    route: str = field(init=False, repr=False)
    timing = Timing.SEND_RETRYING  # the longest of the routes without media
    enveloped = False

    def __post_init__(self) -> None:
        # without the slash the path could continue the host's name: @evil.example
        if not self.path.startswith("/"):
            raise ValueError("path must start with /")
        # the query may hold anything; a path is taken as it stands
        route = f"{self.method} {self.path.partition('?')[0]}"
        object.__setattr__(self, "route", route)

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


def without_none(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that were given."""
    return {name: value for name, value in fields.items() if value is not None}


def needed(**fields: object) -> None:
    """Refuse fields that are empty though the route wants them.

    Raises:
        ValueError: One is; names it.
    """
    for name, value in fields.items():
        if not value:
            raise ValueError(f"{name} must not be empty")


def need_list(name: str, values: Sequence[str]) -> None:
    """Refuse an empty list, and a text, which is a list of letters by mistake.

    Raises:
        ValueError: It is one.
    """
    if isinstance(values, str) or not values or not all(values):
        raise ValueError(f"{name} must be a list of one or more texts, none empty")


def need_http(**addresses: str) -> None:
    """Refuse what the gateway could not fetch.

    Raises:
        ValueError: One is no http(s) address; names it.
    """
    for name, address in addresses.items():
        if not address.startswith(("http://", "https://")):
            raise ValueError(f"{name} must be an http(s) address, not {address!r}")


def filled(path: str, **ids: str) -> str:
    """Return a route's path with its values in it, each one quoted.

    Raises:
        ValueError: One is empty or would lead to another path.
    """
    from urllib.parse import quote  # noqa: PLC0415 -- few routes need what is slow to load

    for name, value in ids.items():
        if not value or value in {".", ".."}:
            raise ValueError(f"{name} must not be {value!r}: it is part of the path")
        path = path.replace(f":{name}", quote(value, safe=""))
    return path
