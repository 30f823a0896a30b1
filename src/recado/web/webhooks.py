"""Where senders deliver: a plain ASGI application, because every event passes here."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from recado.clock import Clock
from recado.errors import StoreError, StoreIntegrityError
from recado.intake.delivery import Delivery
from recado.intake.receive import Intake
from recado.model.ids import TriggerId
from recado.model.trigger import Trigger
from recado.observe.signals import Name, Signals
from recado.store.known_triggers import KnownTriggers
from recado.web.answers import (
    INTERNAL,
    NO_SUCH_HOOK,
    OK,
    UNAVAILABLE,
    UNREAD,
    WRONG_METHOD,
    Answer,
    Send,
    answer_to,
    answer_to_handshake,
)
from recado.web.bodies import Bodies, Receive, UnreadError, Why

BY_ID = "/api/triggers/webhook/"
BY_TOKEN = "/hooks/"  # noqa: S105 (a path)
MAX_ID_DIGITS = 18
MAX_QUERY_FIELDS = 20
LOOPBACK = frozenset({"127.0.0.1", "::1"})

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


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
        trigger = None
        try:
            trigger, by_hook_token = self._find(path)
            source_ip = _source_ip(client, headers)
            if trigger is None:
                trigger = await self._find_again(path)
            if trigger is None:
                return self._unknown(source_ip, by_hook_token=by_hook_token)
            delivery = Delivery(
                headers=headers,
                body=body,
                received_at=self._clock.now(),
                source_ip=source_ip,
                by_hook_token=by_hook_token,
            )
            received = await self._intake.receive(trigger, delivery)
            return answer_to(received, honest=by_hook_token)
        except Exception as error:  # noqa: BLE001 (a door of STYLE §7: one request)
            return self._failed(trigger, error)

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
        return answer_to_handshake(shaken, honest=honest)

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


def _query(scope: Scope) -> dict[str, str]:
    text = scope.get("query_string", b"").decode("latin-1")
    try:
        return dict(
            parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
        )
    except ValueError:
        return {}


def decoded_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by name, in lower case; of repeated ones the last is kept."""
    return {
        name.lower().decode("latin-1"): value.decode("latin-1")
        for name, value in headers
    }


def _source_ip(address: str, headers: dict[str, str]) -> str:
    """Return who delivered; a proxy on this machine is believed about it."""
    if address in LOOPBACK and "x-forwarded-for" in headers:
        return headers["x-forwarded-for"].rpartition(",")[2].strip()
    return address


def _trigger_id(rest: str) -> TriggerId:
    number = rest.split("/", 1)[0]
    is_id = number.isascii() and number.isdigit() and len(number) <= MAX_ID_DIGITS
    return TriggerId(int(number)) if is_id else TriggerId(0)
