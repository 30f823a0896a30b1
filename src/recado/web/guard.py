"""Who may call a route, and the headers of every answer."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recado.access.person import Person
from recado.access.roles import Role, demand
from recado.errors import UnknownCallerError
from recado.model.redact import Secret
from recado.store.audit import Actor
from recado.web.cookies import session_token
from recado.web.origin import demand_own_origin
from recado.web.services import services

_SCHEME = "bearer"
_NO_KEY = "send an API key: Authorization: Bearer rcd_…; recado key create makes one"


@dataclass(frozen=True, slots=True)
class Needs:
    """The role that a route needs; finds out who calls and refuses all others."""

    role: Role

    async def __call__(self, request: Request) -> None:
        """Note the caller for the handler.

        Raises:
            UnknownCallerError: No key or session was sent, or one that is not known.
            ForbiddenError: The caller's role is too low, or a browser sent this from
                a page that is not ours.
        """
        person = await _find_out(request)
        request.state.person = person
        demand(person.role, self.role)


def needs(role: Role) -> Any:
    """Return the dependency that every route declares, unless it is open to all."""
    return Depends(Needs(role))


def role_of(route: APIRoute) -> Role | None:
    """Return the role that a route needs; None when it is open to all."""
    for dependency in route.dependencies:
        if isinstance(dependency.dependency, Needs):
            return dependency.dependency.role
    return None


async def _find_out(request: Request) -> Person:
    """Return who calls: a key in the header wins over a session in a cookie."""
    parts = services(request)
    session = session_token(request)
    if session is not None and "authorization" not in request.headers:
        demand_own_origin(request)
        return await parts.sessions.who(session)
    actor, role = await parts.keys.who(_key_of(request))
    return Person(name=actor.name, actor=actor.name, role=role)


def _key_of(request: Request) -> Secret:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != _SCHEME or not key.strip():
        raise UnknownCallerError(_NO_KEY)
    return Secret(key.strip())


# Coroutines, though they wait for nothing: FastAPI runs all else in a thread.
async def _person(request: Request) -> Person:
    person: Person = request.state.person
    return person


async def _caller(request: Request) -> Actor:
    person = await _person(request)
    return Actor(name=person.actor, source_ip=address_of(request))


async def _role(request: Request) -> Role:
    return (await _person(request)).role


def address_of(request: Request) -> str:
    """Return where a request comes from; "" when that is not known."""
    return request.client.host if request.client else ""


CallingPerson = Annotated[Person, Depends(_person)]
"""Who calls, as pages show them, in a handler whose route ``needs`` a role."""


Caller = Annotated[Actor, Depends(_caller)]
"""Who calls, in a handler whose route ``needs`` a role."""

CallerRole = Annotated[Role, Depends(_role)]
"""The role of who calls, in a handler whose route ``needs`` a role."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_CLOSED = "default-src 'none'; frame-ancestors 'none'"


class SafeHeaders:
    """Adds the headers that keep a browser from doing more than it should."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("Content-Security-Policy", _CLOSED)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, add)
