"""What the management API says of itself: OpenAPI, with the role of each route."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import Response

from recado.web.api import users
from recado.web.api.answers import WireResponse
from recado.web.api.execution_filter import BulkInput
from recado.web.api.explanations import ExplainInput
from recado.web.api.inputs import Input
from recado.web.api.keys import KeyInput
from recado.web.api.trigger_input import SecretInput, TriggerInput
from recado.web.api.trigger_tests import TestInput
from recado.web.guard import role_of

OPENAPI = "/api/openapi.json"

_BODIES: tuple[type[Input], ...] = (
    TriggerInput,
    SecretInput,
    TestInput,
    ExplainInput,
    BulkInput,
    KeyInput,
    *users.BODIES,
)


async def send_description(request: Request) -> Response:
    """Describe the API, with the bodies that its routes read by themselves."""
    return WireResponse(description_of(request.app))


def description_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description of an application, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = describe(app)
    return app.openapi_schema


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
    _note_roles(described["paths"], app.state.routers)
    return described


def _note_roles(paths: dict[str, Any], routers: Sequence[APIRouter]) -> None:
    """Say of each operation which role it needs; those without one are open."""
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.path_format in paths:
                for method in route.methods or ():
                    told = paths[route.path_format][method.lower()]
                    told["x-role"] = str(role_of(route))
