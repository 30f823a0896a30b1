"""What the two clients have in common: everything but sleeping and sending."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Generic, Self, TypeVar, Unpack

from recado.clock import Clock, SystemClock
from recado.evolution import chance
from recado.evolution.environment import read_settings
from recado.evolution.flow import Surroundings
from recado.evolution.http_transport import CONNECT_SECONDS, Gateway
from recado.evolution.log import log_failed_try
from recado.evolution.message_id import Namer
from recado.evolution.options import CallSettings, Options
from recado.model.redact import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What both clients need of the world, each part of it replaceable.

    ``draw`` gives a number in [0, 1), ``token(n)`` n random bytes as hexadecimal,
    ``elapsed`` the seconds of a clock that is never set back.
    """

    draw: Callable[[], float] = chance.draw
    token: Callable[[int], str] = chance.token
    clock: Clock = field(default_factory=SystemClock)
    elapsed: Callable[[], float] = time.monotonic


Outside = TypeVar("Outside", bound=World)
Transport = TypeVar("Transport")


class BaseClient(ABC, Generic[Outside, Transport]):
    """A client for one instance of an Evolution Go server."""

    def __init__(
        self,
        base_url: str,
        api_key: str | Secret,
        *,
        admin_key: str | Secret | None = None,
        connect_timeout: float = CONNECT_SECONDS,
        outside: Outside | None = None,
        **options: Unpack[Options],
    ) -> None:
        """Set it up; nothing is sent yet.

        ``api_key`` is the instance's token, ``admin_key`` the server's global key for
        the routes that want it. ``connect_timeout`` is the seconds that making a
        connection may take. For ``retry``, ``timeout``, ``deadline``, ``instance``,
        ``on_failed_try`` and ``on_call`` see ``Options``.

        Raises:
            ValueError: The address, a key or a time cannot be one.
        """
        gateway = Gateway(
            base_url=base_url,
            api_key=_wrapped(api_key),
            admin_key=None if admin_key is None else _wrapped(admin_key),
        )
        self._outside: Outside = outside or self._the_world()
        options.setdefault("on_failed_try", log_failed_try)
        self._use(CallSettings(**options))
        self._transport = self._connect(gateway, connect_timeout)
        self._owns_transport = True

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        connect_timeout: float = CONNECT_SECONDS,
        outside: Outside | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """Return a client set up by ``EVOLUTION_GO_URL``, ``…_KEY``, ``…_ADMIN_KEY``.

        ``EVOLUTION_GO_INSTANCE`` is the ``instance`` if none is given. They are
        read from ``environ``, by default the process environment.

        Raises:
            SettingsError: One that is needed is missing.
        """
        settings = read_settings(os.environ if environ is None else environ)
        options.setdefault("instance", settings.instance)
        return cls(
            settings.base_url,
            settings.api_key,
            admin_key=settings.admin_key,
            connect_timeout=connect_timeout,
            outside=outside,
            **options,
        )

    def with_options(self, **options: Unpack[Options]) -> Self:
        """Return a client with other options, over the same connections.

        What is not given stays as it is here. The connections belong to the client
        that was made first: closing it closes them for all, and closing the one that
        is returned here does nothing.

        Raises:
            ValueError: A time cannot be one.
        """
        other = copy(self)
        other._use(replace(self._settings, **options))  # noqa: SLF001 -- one of our own
        other._owns_transport = False  # noqa: SLF001 -- the same
        return other

    def _use(self, settings: CallSettings) -> None:
        outside = self._outside
        self._settings = settings
        self._namer = Namer(instance=settings.instance, token=outside.token)
        self._surroundings = Surroundings(
            draw=outside.draw, now=outside.clock.now, elapsed=outside.elapsed
        )

    @abstractmethod
    def _the_world(self) -> Outside:
        """Return what there is of the world when nothing of it is replaced."""

    @abstractmethod
    def _connect(self, gateway: Gateway, connect_timeout: float) -> Transport:
        """Return what makes the requests."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # an address can hold a password


def _wrapped(key: str | Secret) -> Secret:
    return key if isinstance(key, Secret) else Secret(key)
