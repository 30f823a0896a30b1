"""The WhatsApp sessions that the stand-in has."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Self
from uuid import NAMESPACE_URL, uuid5

from recado.simulator.subscriptions import EVENTS

_NEXT_NUMBER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvancedSettings:
    """What an instance does by itself; kept, and not acted on."""

    always_online: bool = False
    reject_call: bool = False
    msg_reject_call: str = ""
    read_messages: bool = False
    ignore_groups: bool = False
    ignore_status: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """The proxy that an instance was told to use; nothing goes through it."""

    host: str
    port: str
    username: str = ""
    password: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queues:
    """The words that say whether events go to other places; none of them do."""

    rabbitmq: str = ""
    nats: str = ""
    websocket: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One session: its name, its key and whether it is up.

    Without a ``given_id`` its id follows from the name, so that it is the same after
    a restart. ``webhook`` is the address that its events go to, None for nowhere, and
    ``subscribed`` says which do. An instance that is neither ``online`` nor
    ``logged_in`` has no client yet; ``qr_count`` counts the codes shown to pair it.
    """

    name: str
    token: str = field(repr=False)
    online: bool = True
    logged_in: bool = True
    webhook: str | None = field(repr=False, default=None)
    number: str = "5511990000000"
    given_id: str = ""
    profile_name: str = ""
    subscribed: tuple[str, ...] = tuple(EVENTS)
    queues: Queues = Queues()
    settings: AdvancedSettings = AdvancedSettings()
    proxy: Proxy | None = None
    created: datetime | None = None
    qr_count: int = 0

    def __post_init__(self) -> None:
        if not self.name or not self.token:
            raise ValueError("an instance needs a name and a token")

    @property
    def id(self) -> str:
        """Return the UUID that events carry as ``instanceId``."""
        return self.given_id or _id_of(self.name)

    @property
    def jid(self) -> str:
        """Return the address of its own phone."""
        return f"{self.number}@s.whatsapp.net"

    @property
    def device_jid(self) -> str:
        """Return the address of the linked device that sends for it."""
        return f"{self.number}:12@s.whatsapp.net"

    @property
    def push_name(self) -> str:
        """Return the name that its contacts see."""
        return self.profile_name or f"{self.name.capitalize()} Example"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the instance that ``NAME:TOKEN`` describes.

        Raises:
            ValueError: One of the two is missing.
        """
        name, _, token = text.partition(":")
        if not name or not token:
            raise ValueError("write an instance as NAME:TOKEN, both not empty")
        return cls(name=name, token=token)


class Instances:
    """The instances by name, by token and by id."""

    def __init__(self, instances: Iterable[Instance]) -> None:
        """Take the instances as they should be at the start and after a reset.

        One whose number another has too gets a number of its own.

        Raises:
            ValueError: There is none, or two share a name or a token.
        """
        self._first = tuple(_apart(instances))
        names = {instance.name for instance in self._first}
        tokens = {instance.token for instance in self._first}
        if not self._first or not len(names) == len(tokens) == len(self._first):
            raise ValueError("give at least one instance, each with its own token")
        self._by_name: dict[str, Instance] = {}
        self._by_token: dict[str, Instance] = {}
        self.reset()

    def __iter__(self) -> Iterator[Instance]:
        return iter(self._by_name.values())

    def first(self) -> Instance:
        """Return the one that is meant when nobody names one.

        Raises:
            LookupError: All of them were deleted.
        """
        for instance in self:
            return instance
        raise LookupError("there is no instance left")

    def find(self, name: str) -> Instance | None:
        """Return the instance of that name, None when there is none."""
        return self._by_name.get(name)

    def find_by_token(self, token: str) -> Instance | None:
        """Return the instance that a key opens, None when it opens none."""
        return self._by_token.get(token)

    def find_by_id(self, id_: str) -> Instance | None:
        """Return the instance of that UUID in any letter case, None for none."""
        return next((one for one in self if one.id == id_.lower()), None)

    def add(self, instance: Instance) -> None:
        """Keep a new instance; name, token and id must be free."""
        self._keep(instance)

    def change(self, instance: Instance, **changes: Any) -> Instance:
        """Return the instance with fields changed, but for its name and token."""
        return self._keep(dataclasses.replace(instance, **changes))

    def delete(self, instance: Instance) -> None:
        """Forget an instance until the next reset."""
        del self._by_name[instance.name]
        del self._by_token[instance.token]

    def reset(self) -> None:
        """Put every instance back to what it was at the start."""
        self._by_name.clear()
        self._by_token.clear()
        for instance in self._first:
            self._keep(instance)

    def _keep(self, instance: Instance) -> Instance:
        self._by_name[instance.name] = instance
        self._by_token[instance.token] = instance
        return instance


@cache
def _id_of(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"recado-simulator:{name}"))


def _apart(instances: Iterable[Instance]) -> Iterator[Instance]:
    taken: set[str] = set()
    for instance in instances:
        number = instance.number
        while number in taken:
            number = str(int(number) + _NEXT_NUMBER)
        taken.add(number)
        yield dataclasses.replace(instance, number=number)
