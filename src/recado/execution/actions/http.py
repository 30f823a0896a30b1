"""Make one HTTP request per attempt, signed, to a checked address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import RequestError
from pyreqwest.http import Url
from pyreqwest.response import Response

from recado.at_exit import let_http_finish
from recado.clock import Clock
from recado.errors import UnrenderableError
from recado.execution.actions.action import mark_of
from recado.execution.actions.addresses import Resolver, is_address, is_public
from recado.execution.actions.http_payload import (
    HttpRequest,
    fill_in,
    is_template,
    payload_problems,
    url_of,
)
from recado.execution.actions.process import logical_key
from recado.execution.actions.signature import signature_headers
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.outcome import Failure, Outcome, Success
from recado.model.trigger import Trigger
from recado.own_version import own_version
from recado.retry.retry_after import seconds_asked

BODY_LIMIT = 64 * 1024
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 15.0  # usual proxies keep an idle connection for longer
CLIENTS_KEPT = 64

_LONGEST_KEY = 200
_SUCCESSES = range(200, 300)
_FIRST_SERVER_ERROR = 500

# The library's classes do not say how far a request got; the chain of causes does. If
# a later version words it otherwise, we say that it may have acted, which is safe.
_NEVER_CONNECTED = "client error (Connect)"
_TLS_TROUBLE = ("invalid peer certificate", "received fatal alert", "received corrupt")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """Where a request goes. ``host`` is lower-case ASCII, an IPv6 one without []."""

    url: Url
    host: str
    port: int

    @property
    def destination(self) -> str:
        return f"host:{self.host}:{self.port}"


class HttpAction:
    """Makes the request of a trigger. See ``Action``. Close it when done.

    The connection goes to an address that was checked, never to a second answer of
    the name service. Proxies of the environment are not used, redirects not followed.
    Connections to up to ``kept`` hosts are used again.
    """

    def __init__(
        self, *, clock: Clock, resolver: Resolver, kept: int = CLIENTS_KEPT
    ) -> None:
        let_http_finish()
        self._clock = clock
        self._kept = kept
        self._resolver = resolver
        self._user_agent = f"recado/{own_version()}"
        self._clients: dict[tuple[str, int, str], Client] = {}

    def problems(self, payload: object) -> list[str]:
        """See the protocol."""
        found = payload_problems(payload)
        url = url_of(payload)
        if not is_template(url) and _find_target(url) is None:
            found.append(_NO_URL)
        return found

    def destination(self, trigger: Trigger) -> str | None:
        """See the protocol."""
        url = url_of(trigger.action_payload)
        target = None if is_template(url) else _find_target(url)
        return target.destination if target else None

    async def run(self, claimed: Claimed, trigger: Trigger) -> Outcome:
        """See the protocol."""
        problems = self.problems(trigger.action_payload)
        if problems:
            return Failure(error="; ".join(problems), category=Category.CONFIG)
        try:
            request = fill_in(trigger.action_payload, claimed.event)
        except UnrenderableError as error:
            return Failure(
                error=f"the request cannot be made: {error}",
                category=Category.PERMANENT,
            )
        target = _find_target(request.url)
        if target is None:
            return Failure(error=_NO_URL, category=Category.PERMANENT)
        request.headers.update(self._own_headers(claimed, trigger, request.body))
        addresses = await self._find_addresses(target, trigger)
        if isinstance(addresses, Failure):
            return addresses
        return await self._try_each(request, target, addresses)

    async def close(self) -> None:
        """Give all connections back."""
        while self._clients:
            _, client = self._clients.popitem()
            await client.close()

    def _own_headers(
        self, claimed: Claimed, trigger: Trigger, body: bytes
    ) -> dict[str, str]:
        key = request_key(claimed, trigger)
        return {"idempotency-key": key} | signature_headers(
            body,
            message=key,
            seconds=int(self._clock.now().timestamp()),
            secret=trigger.secrets[0] if trigger.secrets else None,
        )

    async def _find_addresses(
        self, target: _Target, trigger: Trigger
    ) -> Sequence[str] | Failure:
        if is_address(target.host):
            addresses: Sequence[str] = [target.host]
        else:
            try:
                addresses = await self._resolver(target.host, target.port)
            except (OSError, UnicodeError) as error:
                return Failure(
                    error=f"the address of {target.host} cannot be found: {error}",
                    # a name is also unknown while a neighbouring container restarts
                    category=Category.TRANSIENT,
                    destination=target.destination,
                )
        if trigger.settings.allow_private or all(map(is_public, addresses)):
            return addresses
        return Failure(
            error=f"{target.host} is in a private network; set allow_private in the "
            "trigger's settings if that is meant",
            category=Category.CONFIG,
        )

    async def _try_each(
        self, request: HttpRequest, target: _Target, addresses: Sequence[str]
    ) -> Outcome:
        outcome: Outcome = Failure(
            error=f"{target.host} has no address",
            category=Category.TRANSIENT,
            destination=target.destination,
        )
        for address in addresses:
            try:
                return await self._send(request, target, address)
            except RequestError as error:
                outcome = _translated(error, target)
                if outcome.may_have_acted:
                    break
        return outcome

    async def _send(
        self, request: HttpRequest, target: _Target, address: str
    ) -> Outcome:
        client = self._client_for(target, address)
        call = client.request(request.method, target.url)
        call.headers(request.headers).body_bytes(request.body)
        # Else an answer that breaks off early would be no answer, though it had begun.
        call.streamed_read_buffer_limit(0)
        async with call.build_streamed() as response:
            return self._outcome(response, await _read(response), target)

    def _outcome(self, response: Response, body: str, target: _Target) -> Outcome:
        status = response.status
        if status in _SUCCESSES:
            return Success(summary=f"HTTP {status}", output=body)
        asked = response.get_header("retry-after")
        return Failure(
            error=f"HTTP {status} from {target.host}",
            http_status=status,
            output=body,
            may_have_acted=status >= _FIRST_SERVER_ERROR,
            destination=target.destination,
            retry_after=seconds_asked(asked, now=self._clock.now()),
        )

    def _client_for(self, target: _Target, address: str) -> Client:
        key = (target.host, target.port, address)
        client = self._clients.pop(key, None) or self._build(target, address)
        self._clients[key] = client  # last in, last out
        if len(self._clients) > self._kept:
            # not closed, as a request may run on it: it ends with its last user
            del self._clients[next(iter(self._clients))]
        return client

    def _build(self, target: _Target, address: str) -> Client:
        return (
            ClientBuilder()
            .no_proxy()
            .follow_redirects(enable=False)
            .user_agent(self._user_agent)
            .connect_timeout(timedelta(seconds=CONNECT_SECONDS))
            .pool_idle_timeout(timedelta(seconds=IDLE_SECONDS))
            .resolve(target.host, address, target.port)
            .build()
        )


_NO_URL = "the url of an http action must begin with http:// or https:// and a host"


def request_key(claimed: Claimed, trigger: Trigger) -> str:
    """Return the ``Idempotency-Key`` of an execution's request.

    It is the same over attempts and replays. Two triggers on one event make two
    requests, so it begins with the trigger. A key that a header cannot hold, or a very
    long one, is replaced by its SHA-256.
    """
    key = f"{mark_of(trigger)}:{logical_key(claimed)}"
    fits = len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()
    if fits and " " not in key:
        return key
    return f"{claimed.trigger_id}:{sha256(key.encode(errors='replace')).hexdigest()}"


def _find_target(text: str) -> _Target | None:
    try:
        url = Url(text)
    except ValueError:
        return None
    if url.scheme not in {"http", "https"} or not url.host_str:
        return None
    host = url.host_str.removeprefix("[").removesuffix("]")
    return _Target(url=url, host=host, port=url.port_or_known_default or 0)


async def _read(response: Response) -> str:
    """Return the beginning of the answer; the status alone says what happened."""
    body = bytearray()
    end = ""
    try:
        while len(body) < BODY_LIMIT:
            chunk = await response.body_reader.read_chunk()
            if chunk is None:
                break
            body += bytes(chunk)
        else:
            end = "\n… the rest was left out …"
    except RequestError:
        end = "\n… here the answer broke off …"
    return body[:BODY_LIMIT].decode(errors="replace") + end


def _translated(error: RequestError, target: _Target) -> Failure:
    causes = [cause["message"] for cause in error.details["causes"] or []]
    # the first cause holds the whole URL, and with it what may be secret
    reason = causes[-1] if len(causes) > 1 else type(error).__name__
    connected = _NEVER_CONNECTED not in causes
    if connected:
        what, category = "gave no answer", Category.TRANSIENT
    elif reason.startswith(_TLS_TROUBLE):
        what, category = "does not speak trusted TLS", Category.CONFIG
    else:
        what, category = "cannot be reached", Category.TRANSIENT
    return Failure(
        error=f"{target.host} {what}: {reason}",
        category=category,
        may_have_acted=connected,
        destination=target.destination,
    )
