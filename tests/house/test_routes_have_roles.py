"""Every route says who may call it."""

from types import SimpleNamespace

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Route

from recado.observe.signals import Signals
from recado.web.api import health
from recado.web.app import ROUTERS, describe, make_app
from recado.web.guard import role_of

OPEN = {"/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/docs"}


def test_every_route_has_a_role() -> None:
    routes = [route for router in ROUTERS for route in router.routes]

    without = [
        route
        for route in routes
        if not isinstance(route, APIRoute) or role_of(route) is None
    ]

    assert len(routes) > 20
    assert without == []


def test_only_the_named_routes_are_open() -> None:
    parts = SimpleNamespace(version="1", signals=Signals(lambda _: None))
    app = make_app(parts)  # type: ignore[arg-type]  # no route is called

    guarded = {path for router in ROUTERS for path in _paths(router)}
    documented = set(describe(app)["paths"])
    undocumented = {
        route.path
        for route in app.routes
        if isinstance(route, Route) and not isinstance(route, APIRoute)
    }

    assert (documented | undocumented) - guarded == OPEN
    assert _paths(health.open_router) | _paths(health.metrics_router) <= OPEN


def _paths(router: APIRouter) -> set[str]:
    return {route.path_format for route in router.routes if isinstance(route, APIRoute)}
