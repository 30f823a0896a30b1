"""What senders are answered: complete HTTP answers, most of them made once."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from recado.intake.receive import Arrival, Received
from recado.intake.reply import Reply, json_reply
from recado.web.bodies import MAX_BODY, Message, Why

RETRY_AFTER = b"5"
CLOSE = (b"connection", b"close")

Send = Callable[[Message], Awaitable[None]]


class Answer:
    """A complete HTTP answer, made once and sent many times.

    ``raw`` are its bytes on the wire, ``closes`` tells that the connection ends.
    """

    __slots__ = ("_body", "_start", "closes", "raw")

    def __init__(self, reply: Reply, *headers: tuple[bytes, bytes]) -> None:
        length = (b"content-length", str(len(reply.body)).encode())
        every = [
            (b"content-type", reply.content_type.encode()),
            # a 204 must not have a length (RFC 9110, 8.6)
            *(() if reply.status == HTTPStatus.NO_CONTENT else (length,)),
            *headers,
        ]
        self._start = {
            "type": "http.response.start",
            "status": reply.status,
            "headers": every,
        }
        self._body = {"type": "http.response.body", "body": reply.body}
        phrase = HTTPStatus(reply.status).phrase
        head = f"HTTP/1.1 {reply.status} {phrase}\r\n".encode()
        lines = b"".join(b"%b: %b\r\n" % header for header in every)
        self.raw = head + lines + b"\r\n" + reply.body
        self.closes = CLOSE in headers

    async def __call__(self, send: Send) -> None:
        """Send it through ASGI."""
        await send(self._start)
        await send(self._body)


def _refusal(status: int, error: str, message: str, *headers: Any) -> Answer:
    content = {"error": error, "message": message}
    return Answer(json_reply(content, status=status), *headers)


OK = Answer(json_reply({"status": "ok"}))
TOO_LARGE = _refusal(
    413, "too_large", f"the body is larger than {MAX_BODY:,} bytes",
    CLOSE,
)  # fmt: skip
HEAD_TOO_LARGE = _refusal(431, "too_large", "the headers are too large", CLOSE)
UNAVAILABLE = _refusal(
    503, "unavailable", "it could not be stored; deliver it again",
    (b"retry-after", RETRY_AFTER),
)  # fmt: skip
UNREAD: Mapping[Why, Answer] = {
    Why.TOO_LARGE: TOO_LARGE,
    Why.TOO_MUCH: _refusal(
        503, "unavailable", "too much is delivered at once; deliver it again",
        (b"retry-after", RETRY_AFTER), CLOSE,
    ),
    Why.TOO_SLOW: _refusal(
        408, "too_slow", "the body did not come in time", CLOSE
    ),
    Why.GONE: _refusal(400, "incomplete", "the body ended before it was complete"),
}  # fmt: skip
INTERNAL = _refusal(500, "internal", "it could not be stored; the log says why")
NO_SUCH_HOOK = _refusal(404, "not_found", "no trigger has this delivery URL")
WRONG_METHOD = _refusal(
    405, "method_not_allowed", "deliver with POST", (b"allow", b"POST")
)


def answer_to(received: Received, *, honest: bool) -> Answer:
    """Return the answer to a delivery; ``honest`` where the URL cannot be guessed."""
    if received.arrival is Arrival.ACCEPTED and received.reply is None:
        return OK  # most of them
    usual = OK if received.reply is None else Answer(received.reply)
    return _refused(received, honest=honest) or usual


def _refused(received: Received, *, honest: bool) -> Answer | None:
    match received.arrival:
        case Arrival.UNPROVEN if honest:
            return _refusal(401, "unproven", received.reason)
        case Arrival.DISABLED if honest:
            return _refusal(503, "disabled", received.reason, (b"retry-after", b"60"))
        # Only a proven sender gets here, so these answers give nothing away.
        case Arrival.MALFORMED:
            return _refusal(400, "malformed", received.reason)
        case Arrival.UNDECIDED if not received.is_kept:
            return UNAVAILABLE  # nobody has it but its sender
        case Arrival.LIMITED:
            wait = str(received.retry_after).encode()
            return _refusal(
                429, "rate_limited", received.reason, (b"retry-after", wait)
            )
        case _:
            return None


def answer_to_handshake(received: Received | None, *, honest: bool) -> Answer:
    """Return the answer to a GET; by id a failed one looks like none."""
    if received is None or (received.reply is None and not honest):
        return WRONG_METHOD
    return answer_to(received, honest=honest)
