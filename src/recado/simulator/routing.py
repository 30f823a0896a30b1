"""A method and a path to the route that serves them."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from recado.simulator.route import Route
from recado.simulator.routes import (
    calls,
    chats,
    communities,
    groups,
    instances,
    labels,
    licence,
    messages,
    newsletters,
    polls,
    profile,
    send_media,
    send_menus,
    sends,
    sessions,
    settings,
    users,
)

ROUTES: tuple[Route, ...] = (
    *licence.ROUTES,
    *instances.ROUTES,
    *sessions.ROUTES,
    *settings.ROUTES,
    *sends.ROUTES,
    *send_media.ROUTES,
    *send_menus.ROUTES,
    *users.ROUTES,
    *profile.ROUTES,
    *messages.ROUTES,
    *chats.ROUTES,
    *groups.ROUTES,
    *calls.ROUTES,
    *communities.ROUTES,
    *labels.ROUTES,
    *newsletters.ROUTES,
    *polls.ROUTES,
)

NOT_SERVED = {
    "GET /swagger/*any": "the API browser: pages for people",
    "GET /favicon.ico": "a picture for browsers",
    "GET /assets/*filepath": "files of the manager's pages",
    "HEAD /assets/*filepath": "files of the manager's pages",
    "GET /manager/*any": "the manager: pages for people",
    "GET /manager": "the manager: pages for people",
    "GET /ws": "events over a websocket; here they go out as webhooks only",
}
"""The gateway's routes that are not here, and why."""

_BY_NAME = {route.name: route for route in ROUTES}
_NONE: Mapping[str, str] = MappingProxyType({})
_FIXED = {route.name: route for route in ROUTES if ":" not in route.path}
_VARIABLE = tuple(
    (route, tuple(route.path.split("/"))) for route in ROUTES if ":" in route.path
)


def why_unknown(wanted: str) -> str | None:
    """Return why no request would ever meet a fault on such a route, None if one may.

    ``*`` at the end stands for any rest.
    """
    names = sorted(_BY_NAME)
    if wanted.endswith("*"):
        known = any(name.startswith(wanted[:-1]) for name in names)
    else:
        method, _, path = wanted.partition(" ")
        known = wanted in _BY_NAME or find_route(method, path) is not None
    if known:
        return None
    near = difflib.get_close_matches(wanted, names, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"no route of the gateway is {wanted}{meant}"


def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
    """Return the route and the variable parts of the path, None for no route."""
    fixed = _FIXED.get(f"{method} {path}")
    if fixed is not None:
        return fixed, _NONE
    parts = path.split("/")
    for route, pattern in _VARIABLE:
        if route.method == method and _fits(parts, pattern):
            return route, {
                name[1:]: part
                for name, part in zip(pattern, parts, strict=True)
                if name.startswith(":")
            }
    return None


def is_served(method: str, path: str) -> bool:
    """Return whether there is such a route."""
    return find_route(method, path) is not None


def _fits(parts: list[str], pattern: tuple[str, ...]) -> bool:
    return len(parts) == len(pattern) and all(
        part == name or (name.startswith(":") and part)
        for part, name in zip(parts, pattern, strict=True)
    )
