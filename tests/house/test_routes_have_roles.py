"""Every route says who may call it."""

from types import SimpleNamespace

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Route

from recado.observe.signals import Signals
from recado.web.api import health
from recado.web.app import ROUTERS, make_app
from recado.web.dashboard.forms import read_form
from recado.web.dashboard.page_routes import OPEN_PAGES, PAGES
from recado.web.guard import role_of
from recado.web.openapi import describe
from recado.web.origin import demand_own_origin

OPEN = {"/healthz", "/readyz", "/metrics", "/api/openapi.json"}
OPEN_TO_ALL_BROWSERS = {"/api/docs", "/language", "/login", "/setup", "/static/{name}"}


def test_every_route_has_a_role() -> None:
    routes = [route for router in (*ROUTERS, *PAGES) for route in router.routes]

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


def test_only_the_named_pages_are_open() -> None:
    found = {path for router in OPEN_PAGES for path in _paths(router)}

    assert found == OPEN_TO_ALL_BROWSERS


def test_every_router_of_the_server_is_in_one_of_these_lists() -> None:
    parts = SimpleNamespace(version="1", signals=Signals(lambda _: None))
    app = make_app(parts)  # type: ignore[arg-type]  # no route is called

    listed = [*ROUTERS, *PAGES, *OPEN_PAGES, health.open_router, health.metrics_router]
    found = [
        route.original_router
        for route in app.routes
        if hasattr(route, "original_router")
    ]
    assert found == listed


def test_every_form_is_read_with_its_proof() -> None:
    posts = [
        route
        for router in (*PAGES, *OPEN_PAGES)
        for route in router.routes
        if isinstance(route, APIRoute) and (route.methods or set()) - {"GET"}
    ]

    unread = [
        route.path
        for route in posts
        if read_form not in {each.call for each in route.dependant.dependencies}
    ]

    assert len(posts) > 0
    assert unread == []


def test_every_open_form_asks_where_it_is_from() -> None:
    unasked = [
        route.path
        for router in OPEN_PAGES
        for route in router.routes
        if isinstance(route, APIRoute) and (route.methods or set()) - {"GET"}
        if demand_own_origin not in {each.dependency for each in route.dependencies}
    ]

    assert unasked == []


def _paths(router: APIRouter) -> set[str]:
    return {route.path_format for route in router.routes if isinstance(route, APIRoute)}
