"""The table of routes of the management API and of the pages."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

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
from recado.web.api.execution_filter import BulkInput
from recado.web.api.explanations import ExplainInput
from recado.web.api.inputs import Input
from recado.web.api.keys import KeyInput
from recado.web.api.trigger_input import SecretInput, TriggerInput
from recado.web.api.trigger_tests import TestInput
from recado.web.dashboard.live import Live
from recado.web.dashboard.page_routes import OPEN_PAGES, PAGES
from recado.web.dashboard.render import Renderer
from recado.web.guard import DOCS, SafeHeaders, docs_policy, needs
from recado.web.services import Services

OPENAPI = "/api/openapi.json"

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

_BODIES: tuple[type[Input], ...] = (
    TriggerInput,
    SecretInput,
    TestInput,
    ExplainInput,
    BulkInput,
    KeyInput,
    *users.BODIES,
)


def make_app(parts: Services, *, secure_metrics: bool = False) -> FastAPI:
    """Return the management API and the pages over a server's parts.

    With ``secure_metrics`` the numbers need a viewer's key.
    """
    app = FastAPI(
        title="Recado",
        version=parts.version,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        default_response_class=WireResponse,
    )
    app.state.services = parts
    app.state.probe = health.StoreProbe()
    app.state.renderer = Renderer(now=lambda: parts.clock.now())  # noqa: PLW0108 (documents are made without a clock)
    app.state.live = Live()
    parts.signals.listen(app.state.live.take)
    for router in (*ROUTERS, *PAGES, *OPEN_PAGES, health.open_router):
        app.include_router(router)
    guards = [needs(Role.VIEWER)] if secure_metrics else []
    app.include_router(health.metrics_router, dependencies=guards)
    app.add_route(OPENAPI, _openapi, include_in_schema=False)
    app.add_route(DOCS, _docs, include_in_schema=False)
    errors.install(app, parts.signals)
    app.add_middleware(SafeHeaders)
    return app


async def _openapi(request: Request) -> Response:
    """Describe the API, with the bodies that its routes read by themselves."""
    app: FastAPI = request.app
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return WireResponse(app.openapi_schema)


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description of an application."""
    described = get_openapi(
        title=app.title,
        version=app.version,
        summary="The reliability layer for WhatsApp automation on Evolution Go.",
        routes=app.routes,
    )
    _, bodies = models_json_schema(
        [(model, "validation") for model in _BODIES],
        ref_template="#/components/schemas/{model}",
    )
    components = described.setdefault("components", {})
    components.setdefault("schemas", {}).update(bodies["$defs"])
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "recado_session"},
    }
    described["security"] = [{"key": []}, {"session": []}]
    return described


async def _docs(request: Request) -> Response:
    """Show the API to people."""
    del request
    page = get_swagger_ui_html(openapi_url=OPENAPI, title="Recado API")
    text = bytes(page.body).decode()
    return HTMLResponse(text, headers={"Content-Security-Policy": docs_policy(text)})
