"""Where senders deliver: a plain ASGI application, because every event passes here."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from recado.clock import Clock
from recado.errors import StoreError, StoreIntegrityError
from recado.intake.delivery import Delivery
from recado.intake.receive import Arrival, Intake, Received
from recado.intake.reply import Reply, json_reply
from recado.model.ids import TriggerId
from recado.model.trigger import Trigger
from recado.observe.signals import Name, Signals
from recado.store.known_triggers import KnownTriggers
from recado.web.bodies import MAX_BODY, Bodies, Message, Receive, UnreadError, Why

BY_ID = "/api/triggers/webhook/"
BY_TOKEN = "/hooks/"  # noqa: S105 (a path)
MAX_ID_DIGITS = 18
MAX_QUERY_FIELDS = 20
RETRY_AFTER = b"5"
LOOPBACK = frozenset({"127.0.0.1", "::1"})
CLOSE = (b"connection", b"close")

Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


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


class Webhooks:
    """Takes deliveries by trigger id and by hook token; all else goes to ``rest``."""

    def __init__(
        self,
        rest: App,
        *,
        triggers: KnownTriggers,
        intake: Intake,
        clock: Clock,
        signals: Signals,
        bodies: Bodies | None = None,
    ) -> None:
        self._rest = rest
        self._triggers = triggers
        self._intake = intake
        self._clock = clock
        self._signals = signals
        self._bodies = bodies or Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. ASGI 3."""
        path: str = scope.get("path", "")
        if not path.startswith((BY_ID, BY_TOKEN)):
            await self._rest(scope, receive, send)
            return
        try:
            answer = await self._read_and_answer(scope, receive)
        except StoreError as error:
            answer = self._failed(None, error)
        await answer(send)

    async def answer(
        self, path: str, *, headers: dict[str, str], body: bytes, client: str
    ) -> Answer:
        """Return the answer to a ``POST`` that came whole.

        ``client`` is the address of the other end, "" when it is not known.
        """
        trigger, by_hook_token = self._find(path)
        source_ip = _source_ip(client, headers)
        if trigger is None:
            try:
                trigger = await self._find_again(path)
            except StoreError as error:
                return self._failed(None, error)
        if trigger is None:
            return self._unknown(source_ip, by_hook_token=by_hook_token)
        delivery = Delivery(
            headers=headers,
            body=body,
            received_at=self._clock.now(),
            source_ip=source_ip,
            by_hook_token=by_hook_token,
        )
        try:
            received = await self._intake.receive(trigger, delivery)
        except Exception as error:  # noqa: BLE001 (a door of STYLE §7: one request)
            return self._failed(trigger, error)
        return _answer(received, honest=by_hook_token)

    def _find(self, path: str) -> tuple[Trigger | None, bool]:
        """Return whom a path is for, and whether it named an unguessable token."""
        # Evolution API in by-events mode appends a segment to the path.
        if path.startswith(BY_TOKEN):
            token = path[len(BY_TOKEN) :].split("/", 1)[0]
            return self._triggers.find_by_hook_token(token), True
        # Answered alike whatever the id, so that ids cannot be found out.
        return self._triggers.find(_trigger_id(path[len(BY_ID) :])), False

    async def _find_again(self, path: str) -> Trigger | None:
        """Return whom a path is for, when another node made that one just now.

        Raises:
            StoreError: It is not known.
        """
        await self._triggers.look_again()
        return self._find(path)[0]

    async def _read_and_answer(self, scope: Scope, receive: Receive) -> Answer:
        path: str = scope["path"]
        trigger, by_hook_token = self._find(path)
        trigger = trigger or await self._find_again(path)
        headers = decoded_headers(scope["headers"])
        client: str = (scope.get("client") or ("",))[0]
        if trigger is None and by_hook_token:
            return self._unknown(_source_ip(client, headers), by_hook_token=True)
        is_get = scope["method"] == "GET"
        if is_get and trigger is not None:
            return await self._shake_hands(
                trigger, scope, headers, honest=by_hook_token
            )
        if scope["method"] != "POST":
            return WRONG_METHOD
        try:
            body = await self._bodies.read(receive, headers, keep=trigger is not None)
        except UnreadError as error:
            if trigger is None:
                self._unknown(_source_ip(client, headers), by_hook_token=False)
                return UNREAD[error.why]
            delivery = self._bodiless(headers, client, by_hook_token=by_hook_token)
            return await self._refuse_unread(trigger, delivery, error.why)
        try:
            return await self.answer(path, headers=headers, body=body, client=client)
        finally:
            self._bodies.done(body)

    async def _shake_hands(
        self, trigger: Trigger, scope: Scope, headers: dict[str, str], *, honest: bool
    ) -> Answer:
        """Answer a GET by which a sender tries the URL."""
        client: str = (scope.get("client") or ("",))[0]
        delivery = self._bodiless(headers, client, by_hook_token=honest)
        try:
            shaken = await self._intake.handshake(
                trigger, delivery, query=_query(scope)
            )
        except StoreError as error:
            return self._failed(trigger, error)
        return _handshake_answer(shaken, honest=honest)

    async def _refuse_unread(
        self, trigger: Trigger, delivery: Delivery, why: Why
    ) -> Answer:
        try:
            await self._intake.refuse_unread(trigger, delivery, reason=why.value)
        except StoreError as error:
            return self._failed(trigger, error)
        return UNREAD[why]

    def _bodiless(
        self, headers: dict[str, str], client: str, *, by_hook_token: bool
    ) -> Delivery:
        return Delivery(
            headers=headers,
            body=b"",
            received_at=self._clock.now(),
            source_ip=_source_ip(client, headers),
            by_hook_token=by_hook_token,
        )

    def _unknown(self, source_ip: str, *, by_hook_token: bool) -> Answer:
        self._signals.emit(
            Name.TRIGGER_REJECTED,
            trigger_id=None,
            reason="no such hook token" if by_hook_token else "no such trigger",
            source_ip=source_ip,
        )
        return NO_SUCH_HOOK if by_hook_token else OK

    def _failed(self, trigger: Trigger | None, error: Exception) -> Answer:
        may_pass = isinstance(error, StoreError) and not isinstance(
            error, StoreIntegrityError
        )
        name = Name.STORE_UNAVAILABLE if may_pass else Name.REQUEST_FAILED
        trigger_id = None if trigger is None else trigger.id
        self._signals.emit(name, raised=error, trigger_id=trigger_id)
        return UNAVAILABLE if may_pass else INTERNAL


def _answer(received: Received, *, honest: bool) -> Answer:
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


def _handshake_answer(received: Received | None, *, honest: bool) -> Answer:
    """Return the answer to a GET; by id a failed one looks like none."""
    if received is None or (received.reply is None and not honest):
        return WRONG_METHOD
    return _answer(received, honest=honest)


def _query(scope: Scope) -> dict[str, str]:
    text = scope.get("query_string", b"").decode("latin-1")
    try:
        return dict(
            parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
        )
    except ValueError:
        return {}


def decoded_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by name; of repeated ones the last is kept."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


def _source_ip(address: str, headers: dict[str, str]) -> str:
    """Return who delivered; a proxy on this machine is believed about it."""
    if address in LOOPBACK and "x-forwarded-for" in headers:
        return headers["x-forwarded-for"].rpartition(",")[2].strip()
    return address


def _trigger_id(rest: str) -> TriggerId:
    number = rest.split("/", 1)[0]
    is_id = number.isascii() and number.isdigit() and len(number) <= MAX_ID_DIGITS
    return TriggerId(int(number)) if is_id else TriggerId(0)
