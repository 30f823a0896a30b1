"""A server on a real socket that answers by script and keeps what it was asked."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from recado import wire

HANGS = 30.0
"""Seconds after which nothing more is expected to happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; ``cut`` drops the connection after that many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    def raw(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} X", f"content-length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        return head + self.body[: self.cut]


@dataclass(frozen=True, slots=True)
class Drop:
    """Take the request, act on it, and close without a word; or reset."""

    reset: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Take the request and never answer."""


Step = Reply | Drop | Hang


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that arrived whole. ``connection`` counts from 1."""

    connection: int
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return wire.decode(self.body)


def json_reply(status: int, value: object, **headers: str) -> Reply:
    """An answer with a JSON body; header names are written with underscores."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status=status, body=wire.encode(value), headers=named)


def error_reply(status: int, text: str = "no reason", **headers: str) -> Reply:
    """A failure as the gateway writes it."""
    return json_reply(status, {"error": text}, **headers)


def sent_reply(message_id: str = "3EB0C0FFEE00112233AA55") -> Reply:
    """The success of a send."""
    info = {
        "ID": message_id,
        "Chat": "5511990000001@s.whatsapp.net",
        "Sender": "5511990000000:12@s.whatsapp.net",
        "Timestamp": "2026-03-25T20:50:00.123456789Z",
        "Type": "ExtendedTextMessage",
    }
    return json_reply(200, {"message": "success", "data": {"Info": info}})


class GatewayServer:
    """Takes one step of the script per request; the last one serves all further."""

    def __init__(
        self, script: Iterable[Step], *, tls: ssl.SSLContext | None = None
    ) -> None:
        self._script = list(script)
        self._tls = tls
        self._lock = threading.Condition()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.seen: list[Seen] = []
        self.connections = 0

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def secure_url(self) -> str:
        """The same port, asked for TLS whether it speaks it or not."""
        return self.url.replace("http://", "https://")

    def until_asked(self, *, times: int = 1) -> None:
        """Wait until so many requests have arrived whole."""
        with self._lock:
            assert self._lock.wait_for(lambda: len(self.seen) >= times, HANGS)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _close(self._listener)
        with self._lock:
            open_sockets = list(self._sockets)
        for each in open_sockets:
            _close(each)
        for thread in self._threads:
            thread.join(5)

    def _start(self, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                self._sockets.append(connection)
            self._start(self._serve, connection, number)

    def _serve(self, plain: socket.socket, number: int) -> None:
        try:
            connection = self._secured(plain)
            while self._answer_one(connection, number):
                pass
        except OSError:
            pass
        finally:
            _close(plain)

    def _secured(self, plain: socket.socket) -> socket.socket:
        if self._tls is None:
            return plain
        secured = self._tls.wrap_socket(plain, server_side=True)
        with self._lock:
            self._sockets.append(secured)
        return secured

    def _answer_one(self, connection: socket.socket, number: int) -> bool:
        seen = _read(connection, number)
        if seen is None:
            return False
        with self._lock:
            self.seen.append(seen)
            self._lock.notify_all()
            step = self._script[min(len(self.seen), len(self._script)) - 1]
        if isinstance(step, Reply):
            connection.sendall(step.raw())
            return step.cut is None
        if isinstance(step, Hang):
            connection.recv(1)  # returns when either side closes
        elif step.reset:
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()  # a shutdown first would be a polite end
        return False


def _read(connection: socket.socket, number: int) -> Seen | None:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return None
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    if headers.get("transfer-encoding") == "chunked":
        body = _read_chunks(connection, body)
    parts, left = [body], int(headers.get("content-length", "0")) - len(body)
    while left > 0:
        part = connection.recv(65536)
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    body = b"".join(parts)
    method, path, _ = first.split(" ")
    return Seen(connection=number, method=method, path=path, headers=headers, body=body)


def _read_chunks(connection: socket.socket, received: bytes) -> bytes:
    body = b""
    while True:
        while b"\r\n" not in received:
            received += connection.recv(65536)
        size, _, received = received.partition(b"\r\n")
        while len(received) < int(size, 16) + 2:
            received += connection.recv(65536)
        body += received[: int(size, 16)]
        received = received[int(size, 16) + 2 :]
        if int(size, 16) == 0:
            return body


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
