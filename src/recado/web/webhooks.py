"""Where senders deliver: a plain ASGI application, because every event passes here."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from recado import wire
from recado.clock import Clock
from recado.errors import StoreError, StoreIntegrityError
from recado.intake.delivery import Delivery
from recado.intake.receive import Arrival, Intake, Received
from recado.model.ids import TriggerId
from recado.model.trigger import Trigger
from recado.observe.signals import Name, Signals
from recado.store.known_triggers import KnownTriggers
from recado.web.bodies import MAX_BODY, Bodies, Message, Receive, UnreadError, Why

BY_ID = "/api/triggers/webhook/"
BY_TOKEN = "/hooks/"  # noqa: S105 (a path)
MAX_ID_DIGITS = 18
RETRY_AFTER = b"5"
LOOPBACK = frozenset({"127.0.0.1", "::1"})

Scope = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Answer:
    """A complete HTTP answer, made once and sent many times."""

    __slots__ = ("_body", "_start")

    def __init__(
        self, status: int, content: dict[str, Any], *headers: tuple[bytes, bytes]
    ) -> None:
        body = wire.encode(content)
        self._start = {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                *headers,
            ],
        }
        self._body = {"type": "http.response.body", "body": body}

    async def __call__(self, send: Send) -> None:
        """Send it."""
        await send(self._start)
        await send(self._body)


def _refusal(status: int, error: str, message: str, *headers: Any) -> Answer:
    return Answer(status, {"error": error, "message": message}, *headers)


OK = Answer(200, {"status": "ok"})
TOO_LARGE = _refusal(
    413, "too_large", f"the body is larger than {MAX_BODY:,} bytes",
    (b"connection", b"close"),
)  # fmt: skip
UNAVAILABLE = _refusal(
    503, "unavailable", "it could not be stored; deliver it again",
    (b"retry-after", RETRY_AFTER),
)  # fmt: skip
UNREAD: Mapping[Why, Answer] = {
    Why.TOO_MUCH: _refusal(
        503, "unavailable", "too much is delivered at once; deliver it again",
        (b"retry-after", RETRY_AFTER), (b"connection", b"close"),
    ),
    Why.TOO_SLOW: _refusal(
        408, "too_slow", "the body did not come in time", (b"connection", b"close")
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
        if path.startswith(BY_ID):
            # Answered alike whatever the id, so that ids cannot be found out.
            trigger = self._triggers.find(_trigger_id(path.removeprefix(BY_ID)))
            answer = await self._take(trigger, scope, receive, by_hook_token=False)
            await answer(send)
        elif path.startswith(BY_TOKEN):
            await self._by_token(path.removeprefix(BY_TOKEN), scope, receive, send=send)
        else:
            await self._rest(scope, receive, send)

    async def _by_token(
        self, rest: str, scope: Scope, receive: Receive, *, send: Send
    ) -> None:
        # Evolution API in by-events mode appends a segment to the path.
        trigger = self._triggers.find_by_hook_token(rest.split("/", 1)[0])
        if trigger is None:
            self._signals.emit(
                Name.TRIGGER_REJECTED, trigger_id=None, reason="no such hook token"
            )
            await NO_SUCH_HOOK(send)
            return
        answer = await self._take(trigger, scope, receive, by_hook_token=True)
        await answer(send)

    async def _take(
        self,
        trigger: Trigger | None,
        scope: Scope,
        receive: Receive,
        *,
        by_hook_token: bool,
    ) -> Answer:
        if scope["method"] != "POST":
            return WRONG_METHOD
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        body, is_whole = b"", True
        try:
            body = await self._bodies.read(receive, headers, keep=trigger is not None)
        except UnreadError as error:
            if error.why is not Why.TOO_LARGE:
                return UNREAD[error.why]
            is_whole = False
        if trigger is None:
            self._signals.emit(
                Name.TRIGGER_REJECTED, trigger_id=None, reason="no such trigger"
            )
            return OK if is_whole else TOO_LARGE
        try:
            delivery = Delivery(
                headers=headers,
                body=body,
                received_at=self._clock.now(),
                source_ip=_source_ip(scope, headers),
                by_hook_token=by_hook_token,
            )
            return await self._hand_over(trigger, delivery, is_whole=is_whole)
        finally:
            self._bodies.done(body)

    async def _hand_over(
        self, trigger: Trigger, delivery: Delivery, *, is_whole: bool
    ) -> Answer:
        try:
            if not is_whole:
                await self._intake.refuse_large(trigger, delivery, limit=MAX_BODY)
                return TOO_LARGE
            received = await self._intake.receive(trigger, delivery)
        except StoreIntegrityError as error:
            self._signals.emit(Name.REQUEST_FAILED, raised=error, trigger_id=trigger.id)
            return INTERNAL
        except StoreError as error:
            self._signals.emit(
                Name.STORE_UNAVAILABLE, raised=error, trigger_id=trigger.id
            )
            return UNAVAILABLE
        return _answer(received, honest=delivery.by_hook_token)


def _answer(received: Received, *, honest: bool) -> Answer:
    match received.arrival:
        case Arrival.MALFORMED:
            # Only a proven sender gets here, so the answer gives nothing away.
            return _refusal(400, "malformed", received.reason)
        case Arrival.UNDECIDED if not received.is_kept:
            return UNAVAILABLE  # nobody has it but its sender
        case Arrival.UNPROVEN if honest:
            return _refusal(401, "unproven", received.reason)
        case Arrival.DISABLED if honest:
            return _refusal(503, "disabled", received.reason, (b"retry-after", b"60"))
        case _:
            return OK


def _source_ip(scope: Scope, headers: dict[str, str]) -> str:
    """Return who delivered; a proxy on this machine is believed about it."""
    client = scope.get("client")
    address: str = client[0] if client else ""
    if address in LOOPBACK and "x-forwarded-for" in headers:
        return headers["x-forwarded-for"].rpartition(",")[2].strip()
    return address


def _trigger_id(rest: str) -> TriggerId:
    number = rest.split("/", 1)[0]
    is_id = number.isascii() and number.isdigit() and len(number) <= MAX_ID_DIGITS
    return TriggerId(int(number)) if is_id else TriggerId(0)
