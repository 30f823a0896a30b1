"""The table of routes of the management API and of the pages."""

from fastapi import APIRouter, FastAPI

from recado.access.roles import Role
from recado.web import errors
from recado.web.api import (
    audit,
    bulks,
    dead_letters,
    executions,
    explanations,
    health,
    keys,
    rejections,
    replays,
    stats,
    trigger_tests,
    triggers,
    users,
)
from recado.web.api.answers import WireResponse
from recado.web.dashboard.live import Live
from recado.web.dashboard.page_routes import OPEN_PAGES, PAGES
from recado.web.dashboard.render import Renderer
from recado.web.guard import SafeHeaders, needs
from recado.web.openapi import OPENAPI, send_description
from recado.web.services import Services

ROUTERS: tuple[APIRouter, ...] = (
    stats.router,
    triggers.router,
    trigger_tests.router,
    explanations.router,
    executions.router,
    rejections.router,
    replays.router,
    bulks.router,
    dead_letters.router,
    keys.router,
    users.router,
    audit.router,
)
"""All routers of the management API; each of their routes needs a role."""


def _table() -> APIRouter:
    table = APIRouter(default_response_class=WireResponse)
    for router in (*ROUTERS, *PAGES, *OPEN_PAGES, health.open_router):
        table.include_router(router)
    return table


_TABLE = _table()
"""What every application routes by: FastAPI works a route out once, when asked."""


def make_app(parts: Services, *, secure_metrics: bool = False) -> FastAPI:
    """Return the management API and the pages over a server's parts.

    With ``secure_metrics`` the numbers need a viewer's key.
    """
    app = FastAPI(
        title="Recado",
        version=parts.version,
        routes=_TABLE.routes,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        default_response_class=WireResponse,
    )
    app.state.services = parts
    app.state.routers = ROUTERS
    app.state.probe = health.StoreProbe()
    app.state.renderer = Renderer(now=lambda: parts.clock.now())  # noqa: PLW0108 (documents are made without a clock)
    app.state.live = Live()
    parts.signals.listen(app.state.live.take)
    guards = [needs(Role.VIEWER)] if secure_metrics else []
    app.include_router(health.metrics_router, dependencies=guards)
    app.add_route(OPENAPI, send_description, include_in_schema=False)
    errors.install(app, parts.signals)
    app.add_middleware(SafeHeaders)
    return app
