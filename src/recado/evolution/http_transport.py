"""The only module of the client that knows the HTTP library."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from pyreqwest.client import (
    BaseClientBuilder,
    Client,
    ClientBuilder,
    SyncClient,
    SyncClientBuilder,
)
from pyreqwest.exceptions import RequestError
from pyreqwest.http import Url
from pyreqwest.request import BaseRequestBuilder
from pyreqwest.response import BaseResponse

from recado.errors import (
    EvolutionError,
    MisconfiguredError,
    NoAnswerError,
    UnreachableError,
)
from recado.evolution.transport import Answer, Auth, Request
from recado.model.redact import Secret

CONNECT_SECONDS = 5.0

IDLE_SECONDS = 15.0
"""Idle connections are given up before usual proxies do it (nginx: 75 s), because a
request that meets a closing connection ends as "no answer"."""

# The library's classes do not say how far a request got: a connection that was dropped
# after the request is a ConnectError like a refused one. The chain of causes does. A
# word that a later version changes makes us say "no answer", which never sends twice;
# tests/contract pins the words on real sockets.
_NEVER_CONNECTED = "client error (Connect)"

_TLS_TROUBLE = (
    "invalid peer certificate",
    "received fatal alert",
    "received corrupt message",
)

Builder = TypeVar("Builder", bound=BaseClientBuilder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Where the gateway is and the keys that open it. ``admin_key`` may be absent.

    ``base_url`` may hold a path; nothing of a Gateway but its type is ever printed,
    since an address can hold a password.
    """

    base_url: str = field(repr=False)
    api_key: Secret = field(repr=False)
    admin_key: Secret | None = field(repr=False, default=None)

    def __post_init__(self) -> None:
        if not _is_address(self.base_url):
            raise ValueError(
                "base_url must be an address such as http://127.0.0.1:8080, "
                "without ? and #"
            )
        for name, key in (("api_key", self.api_key), ("admin_key", self.admin_key)):
            if key is not None and not _is_header_value(key.reveal()):
                raise ValueError(
                    f"{name} must not be empty and must hold only visible ASCII "
                    "characters"
                )

    def url(self, path: str) -> str:
        """Return the full address of a path, which starts with ``/``."""
        return self.base_url.rstrip("/") + path

    def key(self, auth: Auth) -> str:
        """Return the key for a kind of route; without an admin key, the other one."""
        if auth is Auth.ADMIN and self.admin_key is not None:
            return self.admin_key.reveal()
        return self.api_key.reveal()


class HttpTransport:
    """Blocking requests over pooled connections. See ``Transport``."""

    def __init__(
        self, gateway: Gateway, *, connect_timeout: float = CONNECT_SECONDS
    ) -> None:
        self._gateway = gateway
        self._connect_timeout = connect_timeout
        self._closed = False
        self._client: SyncClient = _set_up(SyncClientBuilder(), connect_timeout).build()

    def send(self, request: Request) -> Answer:
        """See the protocol."""
        _refuse_if(self._closed)
        call = self._client.request(request.method, self._gateway.url(request.path))
        _prepare(
            call,
            request,
            gateway=self._gateway,
            connect_timeout=self._connect_timeout,
        )
        try:
            response = call.build().send()
            return _answer(response, response.bytes())
        except RequestError as error:
            raise _translated(error, request.route) from error

    def close(self) -> None:
        """See the protocol."""
        self._closed = True
        self._client.close()


class AsyncHttpTransport:
    """Requests for coroutines over pooled connections. See ``AsyncTransport``."""

    def __init__(
        self, gateway: Gateway, *, connect_timeout: float = CONNECT_SECONDS
    ) -> None:
        self._gateway = gateway
        self._connect_timeout = connect_timeout
        self._closed = False
        self._client: Client = _set_up(ClientBuilder(), connect_timeout).build()

    async def send(self, request: Request) -> Answer:
        """See the protocol."""
        _refuse_if(self._closed)
        call = self._client.request(request.method, self._gateway.url(request.path))
        _prepare(
            call,
            request,
            gateway=self._gateway,
            connect_timeout=self._connect_timeout,
        )
        try:
            response = await call.build().send()
            return _answer(response, await response.bytes())
        except RequestError as error:
            raise _translated(error, request.route) from error

    async def close(self) -> None:
        """See the protocol."""
        self._closed = True
        await self._client.close()


def _refuse_if(closed: bool) -> None:  # noqa: FBT001 -- the name says it
    # the library's own close takes hold a little later: a call could still slip out
    if closed:
        raise RuntimeError("this client is closed; make a new one")


def _set_up(builder: Builder, connect_timeout: float) -> Builder:
    return (
        builder.user_agent("recado")
        .follow_redirects(enable=False)  # a redirect would carry the key elsewhere
        .connect_timeout(timedelta(seconds=connect_timeout))
        .pool_idle_timeout(timedelta(seconds=IDLE_SECONDS))
    )


def _prepare(
    call: BaseRequestBuilder,
    request: Request,
    *,
    gateway: Gateway,
    connect_timeout: float,
) -> None:
    if request.auth is not Auth.NONE:
        call.header("apikey", gateway.key(request.auth), is_sensitive=True)
    if request.body is not None:
        call.header("content-type", request.content_type).body_bytes(request.body)
    # the library counts from the start of the connection to the end of the answer
    call.timeout(timedelta(seconds=connect_timeout + request.read_timeout))


def _answer(response: BaseResponse, body: object) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(status=response.status, headers=headers, body=bytes(body))  # type: ignore[call-overload]


def _translated(error: RequestError, route: str) -> EvolutionError:
    causes = [cause["message"] for cause in error.details["causes"] or []]
    kind: type[EvolutionError]
    if _NEVER_CONNECTED not in causes:
        kind, what = NoAnswerError, "the request went out, but no whole answer came"
    elif causes[-1].startswith(_TLS_TROUBLE):
        kind, what = MisconfiguredError, "the address does not speak trusted TLS"
    else:
        kind, what = UnreachableError, "no connection"
    reason = causes[-1] if causes else error.message
    return kind(f"{route}: {what} ({reason})", route=route)


def _is_address(text: str) -> bool:
    try:
        url = Url(text)
    except ValueError:
        return False
    clean = not any(mark in text for mark in "?#") and not any(
        character.isspace() for character in text
    )
    return clean and url.scheme in {"http", "https"} and bool(url.host_str)


def _is_header_value(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable() and " " not in text
