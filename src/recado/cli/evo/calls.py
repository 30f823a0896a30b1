"""Calls through the SDK: with its retries, and answers as they came."""

import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from recado import wire
from recado.cli.evo.access import ADMIN_KEY, KEY, URL, Access
from recado.cli.evo.interrupt import Underway
from recado.cli.evo.shortcut import FirstAnswer
from recado.errors import SettingsError
from recado.evolution.caller import Caller, Outside
from recado.evolution.commands.base import Command
from recado.evolution.http_transport import (
    Gateway,
    HttpTransport,
    is_address,
    translated,
)
from recado.evolution.log import fields_of
from recado.evolution.reports import FailedTry
from recado.evolution.transport import Answer, Request
from recado.model.redact import Secret
from recado.retry.policy import RetryPolicy

Reply = TypeVar("Reply")

NO_KEY = "none"
"""Stands where a client wants a key that none of its calls uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made(Generic[Reply]):
    """A call that was made: what it was, its reply, and the last answer's JSON."""

    command: Command[Reply]
    reply: Reply
    answer: Any


class Calls:
    """Makes the calls of one command line.

    ``first`` is an answer that the first call has got already. ``command`` is the last
    call that was begun.
    """

    def __init__(
        self,
        access: Access,
        options: Mapping[str, Any],
        *,
        sleep: Callable[[float], None],
        first: FirstAnswer | None = None,
        underway: Underway,
    ) -> None:
        self.access = access
        self.sleep = sleep
        self._underway = underway
        self.command: Command[Any] | None = None
        self._first = first
        self._retry = RetryPolicy(
            max_attempts=options.get("attempts", RetryPolicy().max_attempts)
        )
        self._deadline: float | None = options.get("deadline")

    def make(
        self, command: Command[Reply], *, token: str = "", tries: int | None = None
    ) -> Made[Reply]:
        """Make a call. ``token`` is another instance's key.

        Raises:
            SettingsError: The address or a key is not set, or cannot be one.
            EvolutionError: The call failed.
        """
        if missing := self.access.find_missing("none" if token else command.auth):
            raise SettingsError(missing)
        line = _Line(self._gateway(token), first=self._first)
        self._first, self.command = None, command
        sends = command.path.startswith("/send/")
        self._underway.begin(
            command.method, getattr(command, "id", None) if sends else None
        )
        with closing(self._client(line, tries)) as client:
            reply = client.call(command)
        return Made(command=command, reply=reply, answer=line.read_last())

    def _gateway(self, token: str) -> Gateway:
        own = self.access
        if not is_address(own.url):
            missing = "" if "://" in own.url else "; http:// is missing"
            raise SettingsError(
                f"{URL} must be an address such as http://127.0.0.1:8080, without ? "
                f"and #{missing}"
            )
        try:
            return Gateway(
                base_url=own.url,
                api_key=Secret(token or own.key or own.admin_key or NO_KEY),
                admin_key=Secret(own.admin_key) if own.admin_key else None,
            )
        except ValueError as error:
            raise SettingsError(f"{KEY} or {ADMIN_KEY} is wrong: {error}") from error

    def _client(self, line: "_Line", tries: int | None) -> Caller:
        return Caller(
            self.access.url,
            NO_KEY,  # the line has the keys
            retry=RetryPolicy(max_attempts=tries) if tries else self._retry,
            deadline=self._deadline,
            on_failed_try=tell,
            outside=Outside(transport=line, sleep=self.sleep),
        )


class _Line:
    """A transport that begins with what is there, and remembers the last answer."""

    def __init__(self, gateway: Gateway, *, first: FirstAnswer | None) -> None:
        self._gateway = gateway
        self._first = first
        self._http: HttpTransport | None = None
        self._last: Answer | None = None

    def send(self, request: Request) -> Answer:
        """See ``Transport``."""
        first, self._first = self._first, None
        if first is not None and first.error is not None:
            raise translated(first.error, request.route)
        if first is not None:
            answer = Answer(status=first.status, headers=first.headers, body=first.body)
        else:
            self._http = self._http or HttpTransport(self._gateway)
            answer = self._http.send(request)
        self._last = answer
        return answer

    def read_last(self) -> Any:
        """Return the JSON of the last answer, which was one."""
        return wire.decode(self._last.body) if self._last else None

    def close(self) -> None:
        """See ``Transport``."""
        if self._http is not None:
            self._http.close()


def tell(failed: FailedTry) -> None:
    """Write a failed try to stderr, as one line of JSON."""
    print(wire.encode(fields_of(failed)).decode(), file=sys.stderr, flush=True)
