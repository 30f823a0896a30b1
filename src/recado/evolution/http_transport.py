"""The only module of the client that knows the HTTP library."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any, TypeVar

from pyreqwest.client import (
    BaseClientBuilder,
    Client,
    ClientBuilder,
    SyncClient,
    SyncClientBuilder,
)
from pyreqwest.exceptions import RequestError
from pyreqwest.http import Url
from pyreqwest.multipart import FormBuilder, PartBuilder
from pyreqwest.request import BaseRequestBuilder, RequestBuilder, SyncRequestBuilder
from pyreqwest.response import BaseResponse
from pyreqwest.types import Stream

from recado.errors import (
    EvolutionError,
    MisconfiguredError,
    NoAnswerError,
    UnreachableError,
)
from recado.evolution.file_reader import FileReader
from recado.evolution.transport import Answer, Auth, Request
from recado.evolution.upload import Multipart
from recado.model.redact import Secret

CONNECT_SECONDS = 5.0

IDLE_SECONDS = 15.0
"""Idle connections are given up before usual proxies do it (nginx: 75 s), because a
request that meets a closing connection ends as "no answer"."""

SLOWEST_UPLOAD = 131_072
"""Bytes per second of a line that an upload is still given time for (1 Mbit/s)."""

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
Call = TypeVar("Call", bound=BaseRequestBuilder)


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


class HttpTransport:
    """Blocking requests over pooled connections. See ``Transport``."""

    def __init__(
        self, gateway: Gateway, *, connect_timeout: float = CONNECT_SECONDS
    ) -> None:
        self._line = _Line(gateway, connect_timeout)
        self._client: SyncClient = self._line.set_up(SyncClientBuilder()).build()

    def send(self, request: Request) -> Answer:
        """See the protocol."""
        if request.upload is None:
            call = self._line.call(self._client.request, request)
            return self._answer_to(call, request)
        with FileReader(request.upload.file) as file:
            call = self._line.call(
                self._client.request, request, upload_bytes=file.size or 0
            )
            call.multipart(_form(request.upload, file.size, file.pieces()))
            return self._answer_to(call, request, file)

    def _answer_to(
        self,
        call: SyncRequestBuilder,
        request: Request,
        file: FileReader | None = None,
    ) -> Answer:
        try:
            response = call.build().send()
            return _answer(response, response.bytes(), file)
        except RequestError as error:
            raise translated(error, request.route, file) from error

    def close(self) -> None:
        """See the protocol."""
        self._line.closed = True
        self._client.close()


class AsyncHttpTransport:
    """Requests for coroutines over pooled connections. See ``AsyncTransport``."""

    def __init__(
        self, gateway: Gateway, *, connect_timeout: float = CONNECT_SECONDS
    ) -> None:
        self._line = _Line(gateway, connect_timeout)
        self._client: Client = self._line.set_up(ClientBuilder()).build()

    async def send(self, request: Request) -> Answer:
        """See the protocol."""
        if request.upload is None:
            call = self._line.call(self._client.request, request)
            return await self._answer_to(call, request)
        with FileReader(request.upload.file) as file:
            call = self._line.call(
                self._client.request, request, upload_bytes=file.size or 0
            )
            call.multipart(_form(request.upload, file.size, file.pieces_async()))
            return await self._answer_to(call, request, file)

    async def _answer_to(
        self,
        call: RequestBuilder,
        request: Request,
        file: FileReader | None = None,
    ) -> Answer:
        try:
            response = await call.build().send()
            return _answer(response, await response.bytes(), file)
        except RequestError as error:
            raise translated(error, request.route, file) from error

    async def close(self) -> None:
        """See the protocol."""
        self._line.closed = True
        await self._client.close()


class _Line:
    """What all requests to one gateway have in common, made once."""

    def __init__(self, gateway: Gateway, connect_timeout: float) -> None:
        self.closed = False
        self._base = gateway.base_url.rstrip("/")
        self._api_key = gateway.api_key
        self._admin_key = gateway.admin_key or gateway.api_key
        self._connect_timeout = connect_timeout

    def set_up(self, builder: Builder) -> Builder:
        """Return the builder of the library's client with all that never changes."""
        return (
            builder.user_agent("recado")
            .follow_redirects(enable=False)  # it would carry the key elsewhere
            .referer(enable=False)  # which only a redirect would set
            .connect_timeout(timedelta(seconds=self._connect_timeout))
            .pool_idle_timeout(timedelta(seconds=IDLE_SECONDS))
        )

    def call(
        self,
        begin: Callable[[str, str], Call],
        request: Request,
        *,
        upload_bytes: int = 0,
    ) -> Call:
        """Return the library's own request, complete but for its upload.

        ``begin`` makes it of a method and an address.

        Raises:
            RuntimeError: The transport is closed.
        """
        # the library's own close takes hold a little later: a call could slip out
        if self.closed:
            raise RuntimeError("this client is closed; make a new one")
        call = begin(request.method, self._base + request.path)
        if request.auth is not Auth.NONE:
            is_admin = request.auth is Auth.ADMIN
            key = self._admin_key if is_admin else self._api_key
            call.header("apikey", key.reveal(), is_sensitive=True)
        if request.body is not None:
            call.header("content-type", request.content_type).body_bytes(request.body)
        # the library counts from the start of the connection to the end of the answer
        seconds = self._connect_timeout + request.read_timeout
        seconds += upload_bytes / SLOWEST_UPLOAD
        if request.limit is not None:
            seconds = min(seconds, request.limit)
        call.timeout(_span(seconds))
        return call


@lru_cache(maxsize=64)
def _span(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _form(upload: Multipart, size: int | None, pieces: Stream) -> FormBuilder:
    if size is None:
        part = PartBuilder.from_stream(pieces)
    else:
        part = PartBuilder.from_stream_with_length(pieces, size)
    form = FormBuilder()
    for name, value in upload.fields:
        form.text(name, value)
    file = upload.file
    return form.part("file", part.file_name(file.filename).mime(file.content_type))


def _answer(response: BaseResponse, body: Any, file: FileReader | None) -> Answer:
    can_start_again = file is None or file.can_start_again
    # the library has its own kind of bytes
    return Answer(response.status, response.headers, bytes(body), can_start_again)


def translated(
    error: RequestError, route: str, file: FileReader | None = None
) -> EvolutionError:
    """Return what the library's error says of a call; ``file`` is what it carried."""
    causes = [cause["message"] for cause in error.details["causes"] or []]
    kind: type[EvolutionError]
    if _NEVER_CONNECTED not in causes:
        kind, what = NoAnswerError, "the request went out, but no whole answer came"
    elif causes[-1].startswith(_TLS_TROUBLE):
        kind, what = MisconfiguredError, "the address does not speak trusted TLS"
    else:
        kind, what = UnreachableError, "no connection"
    reason = causes[-1] if causes else error.message
    ours = kind(f"{route}: {what} ({reason})", route=route)
    ours.resendable = file is None or file.can_start_again
    return ours


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
