"""The only module of the client that knows the HTTP library."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
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
from pyreqwest.multipart import FormBuilder, PartBuilder
from pyreqwest.request import (
    BaseRequestBuilder,
    ConsumedRequest,
    RequestBody,
    SyncConsumedRequest,
)
from pyreqwest.types import Stream

from recado.at_exit import let_http_finish
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

Head = tuple[str, str, str, Auth, float, str | None, float | None]
"""The first seven fields of a request: all but what it carries."""

KEPT_BLANKS = 64
"""How many requests without a body are kept: to copy one with a body takes the library
less than half the time that a new one does."""

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
        if not is_address(self.base_url):
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
        self._line = line = _Line(gateway, connect_timeout)
        self._client: SyncClient = line.set_up(SyncClientBuilder()).build()
        begin = self._client.request
        self._blank = lru_cache(KEPT_BLANKS)(
            lambda head: line.start(begin, head).build()
        )

    def send(self, request: Request) -> Answer:
        """See the protocol."""
        if request.upload is not None:
            return self._upload(request, request.upload)
        body = request.body
        call = SyncConsumedRequest.from_request_and_body(
            self._blank(request[:7]),
            None if body is None else RequestBody.from_bytes(body),
        )
        try:
            response = call.send()
            # the library has its own kind of bytes
            told = bytes(response.bytes())
        except RequestError as error:
            raise translated(error, request.route) from error
        return Answer(response.status, response.headers, told)

    def _upload(self, request: Request, upload: Multipart) -> Answer:
        let_http_finish()  # the library's thread reads the file
        with FileReader(upload.file) as file:
            size = file.size or 0
            call = self._line.start(
                self._client.request, request[:7], upload_bytes=size
            )
            call.multipart(_form(upload, file.size, file.pieces()))
            try:
                response = call.build().send()
                told = bytes(response.bytes())
            except RequestError as error:
                raise translated(error, request.route, file) from error
            can_start_again = file.can_start_again
        return Answer(response.status, response.headers, told, can_start_again)

    def close(self) -> None:
        """See the protocol."""
        self._line.closed = True
        self._blank.cache_clear()
        self._client.close()


class AsyncHttpTransport:
    """Requests for coroutines over pooled connections. See ``AsyncTransport``."""

    def __init__(
        self, gateway: Gateway, *, connect_timeout: float = CONNECT_SECONDS
    ) -> None:
        let_http_finish()
        self._line = line = _Line(gateway, connect_timeout)
        self._client: Client = line.set_up(ClientBuilder()).build()
        begin = self._client.request
        self._blank = lru_cache(KEPT_BLANKS)(
            lambda head: line.start(begin, head).build()
        )

    async def send(self, request: Request) -> Answer:
        """See the protocol."""
        if request.upload is not None:
            return await self._upload(request, request.upload)
        body = request.body
        call = ConsumedRequest.from_request_and_body(
            self._blank(request[:7]),
            None if body is None else RequestBody.from_bytes(body),
        )
        try:
            response = await call.send()
            # the library has its own kind of bytes
            told = bytes(await response.bytes())
        except RequestError as error:
            raise translated(error, request.route) from error
        return Answer(response.status, response.headers, told)

    async def _upload(self, request: Request, upload: Multipart) -> Answer:
        with FileReader(upload.file) as file:
            size = file.size or 0
            call = self._line.start(
                self._client.request, request[:7], upload_bytes=size
            )
            call.multipart(_form(upload, file.size, file.pieces_async()))
            try:
                response = await call.build().send()
                told = bytes(await response.bytes())
            except RequestError as error:
                raise translated(error, request.route, file) from error
            can_start_again = file.can_start_again
        return Answer(response.status, response.headers, told, can_start_again)

    async def close(self) -> None:
        """See the protocol."""
        self._line.closed = True
        self._blank.cache_clear()
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

    def start(
        self,
        begin: Callable[[str, str], Call],
        head: Head,
        *,
        upload_bytes: int = 0,
    ) -> Call:
        """Return the library's own request, complete but for its body.

        ``begin`` makes it of a method and an address.

        Raises:
            RuntimeError: The transport is closed.
        """
        # the library's own close takes hold a little later: a call could slip out
        if self.closed:
            raise RuntimeError("this client is closed; make a new one")
        method, path, _, auth, read_timeout, content_type, limit = head
        call = begin(method, self._base + path)
        if auth is not Auth.NONE:
            key = self._admin_key if auth is Auth.ADMIN else self._api_key
            call.header("apikey", key.reveal(), is_sensitive=True)
        if content_type is not None:
            call.header("content-type", content_type)
        # the library counts from the start of the connection to the end of the answer
        seconds = self._connect_timeout + read_timeout
        seconds += upload_bytes / SLOWEST_UPLOAD
        if limit is not None:
            seconds = min(seconds, limit)
        return call.timeout(timedelta(seconds=seconds))


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


def is_address(text: str) -> bool:
    """Tell whether a text can be a gateway's ``base_url``."""
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
