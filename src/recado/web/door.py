"""The door for deliveries: uvicorn's protocol, with a short way for the usual one.

Nearly every delivery is small and comes whole, head and body in one read. For these
the machinery of ASGI (a scope, messages, an event and a timer per request) costs as
much as all that Recado does with them, so they go to ``Webhooks.answer`` directly and
are answered by one write. What is large, slow, pipelined or anything else takes
uvicorn's own way, which ends at the same method.
"""

import asyncio
import re
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from recado.web.answers import HEAD_TOO_LARGE, Answer
from recado.web.bodies import SMALL
from recado.web.webhooks import BY_ID, BY_TOKEN, Webhooks, decoded_headers

_DELIVERIES = (BY_ID.encode(), BY_TOKEN.encode())
_MAX_ADDRESS = 256  # bytes; those of deliveries are remembered
_ODD = re.compile(rb"[%?#]")  # what only a parser should read in an address
_READ_OTHERWISE = frozenset(
    {"expect", "proxy-connection", "transfer-encoding", "upgrade"}
)

Awaited = asyncio.Future[Any]

MAX_HEAD = 64 * 1024
"""Bytes of an address and headers; whoever finds the door could fill memory with more.

Some are taken after that: as many as came in the same read.
"""


class DeliveryProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, but for deliveries that come whole in one read.

    The application must be a ``Webhooks``.
    """

    _is_waiting = False
    _body = b""
    _path = ""
    _fields: dict[str, str]
    _heard_at = 0.0
    _is_in_body = False
    _head_size = 0

    def data_received(self, data: bytes) -> None:
        """Take what came; a delivery that is not complete by then goes the long way."""
        if not self._is_in_body:
            self._head_size += len(data)
        super().data_received(data)
        if self._head_size > MAX_HEAD and not self.transport.is_closing():
            self.transport.write(HEAD_TOO_LARGE.raw)
            self.transport.close()
            return
        if self._is_waiting:
            self._is_waiting = False
            self._go_the_long_way()
            if self._body:
                super().on_body(self._body)

    def on_message_begin(self) -> None:
        """See the parent; what only ASGI needs is made on the long way."""
        self.url, self.headers = b"", []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header as it came; the way that the request takes will read it."""
        if self._is_in_body:  # what may follow a body in pieces
            super().on_header(name, value)
        else:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """See the parent; a delivery's head waits for its body."""
        self._is_in_body, self._head_size = True, 0
        if self._is_usual_delivery():
            self._is_waiting, self._body = True, b""
        else:
            self._go_the_long_way()

    def _go_the_long_way(self) -> None:
        """Begin a request as the parent does, whose head is there."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """See the parent."""
        if self._is_waiting:
            self._body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """See the parent; a delivery that waits is whole now."""
        self._is_in_body = False
        if not self._is_waiting:
            super().on_message_complete()
            return
        self._is_waiting = False
        # Any: what the parent asks of a cycle and of an application, these have.
        delivery: Any = _WholeDelivery(
            self, self._path, fields=self._fields, body=self._body
        )
        app: Any = self.app
        self.cycle = delivery
        delivery.begin(app)

    def on_response_complete(self) -> None:
        """See the parent. One timer watches a connection, instead of one per answer."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._heard_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch_until_idle(self.timeout_keep_alive)

    def _unset_keepalive_if_required(self) -> None:
        """Note that something happened; the timer sees it when it fires."""
        self._heard_at = self.loop.time()

    def _watch_until_idle(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if it has been idle for long enough, else look later."""
        self.timeout_keep_alive_task = None
        cycle: Any = self.cycle
        if self.transport.is_closing() or not cycle.response_complete:
            return  # the next answer starts to watch again
        left = self._heard_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._watch_until_idle(left)
        else:
            super().timeout_keep_alive_handler()

    def _is_usual_delivery(self) -> bool:
        parser: httptools.HttpRequestParser = self.parser
        earlier: Any = self.cycle
        if (
            parser.get_method() != b"POST"
            or (earlier is not None and not earlier.response_complete)
            or self.limit_concurrency is not None
            or not parser.should_keep_alive()
            or len(self.url) > _MAX_ADDRESS
        ):
            return False
        path = _path_of_delivery(self.url)
        if path is None:
            return False
        self._path, self._fields = path, decoded_headers(self.headers)
        return self._is_announced_small() and self._is_http_1_1()

    def _is_announced_small(self) -> bool:
        announced = self._fields.get("content-length", "")
        return (
            announced.isdecimal()
            and int(announced) <= SMALL
            and _READ_OTHERWISE.isdisjoint(self._fields)
        )

    def _is_http_1_1(self) -> bool:
        # an older one is kept only where a header asks for it
        parser: httptools.HttpRequestParser = self.parser
        return "connection" not in self._fields or parser.get_http_version() == "1.1"


@lru_cache(maxsize=1024)
def _path_of_delivery(address: bytes) -> str | None:
    """Return the path of a delivery's plain address, None if it is anything else.

    Senders use the same few again and again.
    """
    if not address.startswith(_DELIVERIES) or _ODD.search(address):
        return None
    return address.decode("latin-1")


class _WholeDelivery:
    """One delivery in work: what uvicorn's protocol wants to know of a request."""

    __slots__ = (
        "_answering",
        "_body",
        "_headers",
        "_path",
        "_protocol",
        "disconnected",
        "keep_alive",
        "message_event",
        "response_complete",
    )

    def __init__(
        self,
        protocol: DeliveryProtocol,
        path: str,
        *,
        fields: dict[str, str],
        body: bytes,
    ) -> None:
        self._protocol = protocol
        self._path = path
        self._headers = fields
        self._body = body
        self.disconnected = False
        self.keep_alive = True
        self.message_event = _NOBODY_WAITS
        self._answering: Coroutine[Any, None, Answer]
        self.response_complete = False

    def begin(self, app: Webhooks) -> None:
        """Answer, now or when what that waits for has come.

        Its coroutine is driven here instead of by a task, which would cost each
        delivery two more turns of the loop; so it may not await what needs one, such
        as ``asyncio.timeout``.
        """
        client = self._protocol.client
        self._answering = app.answer(
            self._path,
            headers=self._headers,
            body=self._body,
            client=client[0] if client else "",
        )
        self._go_on()

    def _go_on(self, _: Awaited | None = None) -> None:
        try:
            awaited: Awaited | None = self._answering.send(None)
        except StopIteration as ended:
            self._send(ended.value)
            return
        if awaited is None:  # only a turn of the loop, as by ``asyncio.sleep(0)``
            self._protocol.loop.call_soon(self._go_on)
        else:
            awaited.add_done_callback(self._go_on)

    def _send(self, answer: Answer) -> None:
        self.response_complete = True
        if self.disconnected:
            return
        protocol = self._protocol
        protocol.transport.write(answer.raw)
        if not self.keep_alive or answer.closes:
            protocol.transport.close()
        protocol.on_response_complete()


_NOBODY_WAITS = asyncio.Event()
"""Set when a connection is lost; a delivery that is whole does not wait for it."""
