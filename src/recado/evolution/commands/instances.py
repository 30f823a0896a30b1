"""The calls about instances that the server's global key opens."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, Self, TypeVar, get_args
from urllib.parse import urlencode

from recado.evolution.commands.base import (
    Command,
    Done,
    Timing,
    filled,
    needed,
    without_none,
)
from recado.evolution.message_id import Namer
from recado.evolution.replies.fields import objects
from recado.evolution.replies.instances import (
    AdvancedOptions,
    Instance,
    LogEntry,
    StoredProxy,
)
from recado.evolution.transport import Auth

Reply = TypeVar("Reply")

LogLevel = Literal["INFO", "WARN", "ERROR", "DEBUG"]

_LEVELS: tuple[str, ...] = get_args(LogLevel)

_TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The proxy that an instance goes to WhatsApp through. ``port`` may be a number."""

    host: str
    port: str | int
    username: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        needed(
            host=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
        )

    def body(self) -> dict[str, Any]:
        """Return it as the gateway wants it, which is with the port as text."""
        return {
            "host": self.host,
            "port": str(self.port),
            "username": self.username,
            "password": self.password,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OfInstance(Command[Reply]):
    """A call whose path names the instance, by its UUID."""

    instance_id: str

    def __post_init__(self) -> None:
        _ = self.target  # refuses nonsense

    @property
    def target(self) -> str:
        """See ``Command``."""
        return filled(self.path, instanceId=self.instance_id)


class ListInstances(Command[list[Instance]]):
    """Ask for all instances of the server."""

    __slots__ = ()

    method = "GET"
    path = "/instance/all"
    auth = Auth.ADMIN
    safe = True

    def read(self, data: Any) -> list[Instance]:
        """See ``Command``."""
        return [Instance.read(told) for told in objects(data)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateInstance(Command[Instance]):
    """Make an instance. A ``token`` is chosen when none is given.

    It does not connect to WhatsApp.
    """

    method = "POST"
    path = "/instance/create"
    auth = Auth.ADMIN

    name: str
    token: str = field(default="", repr=False)
    instance_id: str | None = None
    proxy: Proxy | None = None
    advanced_settings: AdvancedOptions | None = None

    def __post_init__(self) -> None:
        needed(name=self.name)

    def completed(self, namer: Namer) -> Self:
        """Return the call with its token, made once and kept over all attempts."""
        return self if self.token else replace(self, token=namer.token(_TOKEN_BYTES))

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        own = self.advanced_settings
        return without_none(
            {
                "name": self.name,
                "token": self.token,
                "instanceId": self.instance_id,
                "proxy": self.proxy.body() if self.proxy else None,
                "advancedSettings": own.body() if own else None,
            }
        )

    def read(self, data: Any) -> Instance:
        """See ``Command``."""
        return Instance.read(data)


class InstanceInfo(OfInstance[Instance]):
    """Ask for one instance."""

    __slots__ = ()

    method = "GET"
    path = "/instance/info/:instanceId"
    auth = Auth.ADMIN
    safe = True

    def read(self, data: Any) -> Instance:
        """See ``Command``."""
        return Instance.read(data)


class DeleteInstance(OfInstance[None], Done):
    """Delete an instance; its phone is unlinked, and must be paired anew."""

    __slots__ = ()

    method = "DELETE"
    path = "/instance/delete/:instanceId"
    auth = Auth.ADMIN


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProxy(OfInstance[StoredProxy]):
    """Let an instance go through a proxy. Its session restarts at once."""

    method = "POST"
    path = "/instance/proxy/:instanceId"
    auth = Auth.ADMIN

    host: str
    port: str | int
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        OfInstance.__post_init__(self)
        needed(host=self.host, port=self.port)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``. A port that is a number would be refused."""
        return without_none(
            {
                "host": self.host,
                "port": str(self.port),
                "username": self.username,
                "password": self.password,
            }
        )

    def read(self, data: Any) -> StoredProxy:
        """See ``Command``."""
        return StoredProxy.read(data)


class DeleteProxy(OfInstance[None], Done):
    """Let an instance go without a proxy. Its session restarts at once."""

    __slots__ = ()

    method = "DELETE"
    path = "/instance/proxy/:instanceId"
    auth = Auth.ADMIN


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceReconnect(OfInstance[None], Done):
    """Revive a session that has lost its line to WhatsApp; it takes 2 to 7 s.

    ``number`` is the account's phone number or a part of it, digits only: the stored
    device is looked up by it.
    """

    method = "POST"
    path = "/instance/forcereconnect/:instanceId"
    auth = Auth.ADMIN
    timing = Timing.CONTROL

    number: str

    def __post_init__(self) -> None:
        OfInstance.__post_init__(self)
        # the gateway puts it unescaped into a search of its database
        if not self.number.isascii() or not self.number.isdigit():
            raise ValueError(f"number is {self.number!r}; it must be digits only")

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"number": self.number}


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceLogs(OfInstance[list[LogEntry]]):
    """Ask for an instance's log. An instance that does not exist has an empty one.

    Without dates it is that of the last 7 days; ``limit`` is 100 when not given.
    """

    method = "GET"
    path = "/instance/logs/:instanceId"
    auth = Auth.ADMIN
    safe = True
    enveloped = False

    start_date: date | None = None
    end_date: date | None = None
    levels: Sequence[LogLevel] = ()
    limit: int | None = None

    def __post_init__(self) -> None:
        OfInstance.__post_init__(self)
        unknown = [level for level in self.levels if level not in _LEVELS]
        if unknown:
            raise ValueError(
                f"levels holds {unknown[0]!r}; there are {', '.join(_LEVELS)}"
            )
        if self.limit is not None and self.limit < 1:
            raise ValueError(f"limit is {self.limit}; it must be 1 or more")

    @property
    def target(self) -> str:
        """See ``Command``."""
        query = without_none(
            {
                "start_date": self.start_date and f"{self.start_date:%Y-%m-%d}",
                "end_date": self.end_date and f"{self.end_date:%Y-%m-%d}",
                "level": ",".join(self.levels) or None,
                "limit": self.limit,
            }
        )
        path = filled(self.path, instanceId=self.instance_id)
        return f"{path}?{urlencode(query)}" if query else path

    def read(self, data: Any) -> list[LogEntry]:
        """See ``Command``."""
        return [LogEntry.read(told) for told in objects(data)]
