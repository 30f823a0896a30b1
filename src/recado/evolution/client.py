"""The blocking client of Evolution Go."""

import os
import random
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack, cast

from recado.clock import Clock, SystemClock
from recado.errors import EvolutionError
from recado.evolution.commands.base import AnyCall, Command
from recado.evolution.commands.sending import SendOptions
from recado.evolution.commands.sends import SendText
from recado.evolution.commands.session import InstanceStatus
from recado.evolution.environment import read_settings
from recado.evolution.flow import Listener, Surroundings, call_flow
from recado.evolution.http_transport import Gateway, HttpTransport
from recado.evolution.log import log_failed_try
from recado.evolution.message_id import Namer
from recado.evolution.replies.instances import InstanceStatusReply
from recado.evolution.replies.messages import SentMessage
from recado.evolution.transport import Answer, Auth, Transport
from recado.model.redact import Secret
from recado.retry.policy import RetryPolicy

Reply = TypeVar("Reply")

DEFAULT_RETRY = RetryPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the client needs of the world, each part of it replaceable.

    ``draw`` gives a number in [0, 1), ``token(n)`` n random bytes as hexadecimal;
    ``listen`` hears of every failed try; ``transport`` None means HTTP.
    """

    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = random.random
    token: Callable[[int], str] = secrets.token_hex
    clock: Clock = field(default_factory=SystemClock)
    listen: Listener = log_failed_try
    transport: Transport | None = None


DEFAULT_OUTSIDE = Outside()


class EvolutionGo:
    """A blocking client for one instance of an Evolution Go server.

    It tries again what is worth it (see ``RetryPolicy``), and never in a way that
    shows a message twice. Use it as a context manager, or call ``close``. Safe to use
    from many threads. Every call raises ``EvolutionError`` when it fails for good.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | Secret,
        *,
        admin_key: str | Secret | None = None,
        retry: RetryPolicy = DEFAULT_RETRY,
        instance: str = "",
        outside: Outside = DEFAULT_OUTSIDE,
    ) -> None:
        """Set it up; nothing is sent yet.

        ``api_key`` is the instance's token, ``admin_key`` the server's global key for
        the routes that want it. ``instance`` is your word for the sending number and
        goes into message ids made from an idempotency key; name it when several
        numbers send under the same keys.

        Raises:
            ValueError: The address or a key cannot be one.
        """
        gateway = Gateway(
            base_url=base_url,
            api_key=_wrapped(api_key),
            admin_key=None if admin_key is None else _wrapped(admin_key),
        )
        self._transport = outside.transport or HttpTransport(gateway)
        self._retry = retry
        self._sleep = outside.sleep
        self._namer = Namer(instance=instance, token=outside.token)
        self._world = Surroundings(
            draw=outside.draw, now=outside.clock.now, listen=outside.listen
        )

    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        retry: RetryPolicy = DEFAULT_RETRY,
        instance: str = "",
        outside: Outside = DEFAULT_OUTSIDE,
    ) -> Self:
        """Return a client set up by ``EVOLUTION_GO_URL``, ``…_KEY``, ``…_ADMIN_KEY``.

        They are read from ``environ``, by default the process environment.

        Raises:
            SettingsError: One that is needed is missing.
        """
        settings = read_settings(os.environ if environ is None else environ)
        return cls(
            settings.base_url,
            settings.api_key,
            admin_key=settings.admin_key,
            retry=retry,
            instance=instance,
            outside=outside,
        )

    def send_text(
        self, number: str, text: str, **options: Unpack[SendOptions]
    ) -> SentMessage:
        """Send a text to a person, group or channel (``POST /send/text``).

        ``number`` is a phone number with country code, or a JID. The message gets
        its id before the first try and keeps it, so a repeated try is shown once; with
        ``idempotency_key`` that holds for another run of the program as well.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return self.call(SendText(number=number, text=text, **options))

    def instance_status(self) -> InstanceStatusReply:
        """Ask whether the instance can send (``GET /instance/status``).

        An instance that is offline is an answer, not an error.
        """
        return self.call(InstanceStatus())

    def request(
        self, method: str, path: str, *, json: Any = None, admin: bool = False
    ) -> Any:
        """Make any other call and return its JSON. ``admin`` uses the global key.

        A GET is tried again like any call; other methods only when it is certain
        that nothing was done.
        """
        auth = Auth.ADMIN if admin else Auth.INSTANCE
        return self.call(AnyCall(method=method, path=path, json=json, auth=auth))

    def call(self, command: Command[Reply]) -> Reply:
        """Make the call that a command describes, with retries."""
        command = command.completed(self._namer)
        flow = call_flow(command, self._retry, self._world)
        request = command.request()
        wait = next(flow)
        while True:
            if wait > 0:
                self._sleep(wait)
            result: Answer | EvolutionError
            try:
                result = self._transport.send(request)
            except EvolutionError as error:
                result = error
            try:
                wait = flow.send(result)
            except StopIteration as done:
                return cast("Reply", done.value)

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # an address can hold a password


def _wrapped(key: str | Secret) -> Secret:
    return key if isinstance(key, Secret) else Secret(key)
