"""``/api/docs``: the API for people, made from its own description."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.web.dashboard.render import page
from recado.web.openapi import OPENAPI, description_of

open_router = APIRouter(include_in_schema=False)

_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter, or a field of a body. ``model`` is the body it leads to, or ""."""

    name: str
    kind: str
    is_required: bool
    default: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one route. ``role`` is "" when anybody may."""

    method: str
    path: str
    role: str
    about: str
    parameters: tuple[Field, ...]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A JSON object that a route takes."""

    name: str
    about: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDocsView:
    """The routes by their group, and the bodies that they take."""

    groups: Mapping[str, tuple[Operation, ...]]
    bodies: tuple[Body, ...]
    openapi: str


def api_docs_view(described: Mapping[str, Any]) -> ApiDocsView:
    """Return what an OpenAPI description says."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in described["paths"].items():
        for method, told in methods.items():
            group = told.get("tags", ["health"])[0]
            groups.setdefault(group, []).append(_operation(method, path, told))
    schemas = described["components"]["schemas"]
    return ApiDocsView(
        groups={name: tuple(found) for name, found in groups.items()},
        bodies=tuple(_bodies(schemas)),
        openapi=OPENAPI,
    )


def _operation(method: str, path: str, told: Mapping[str, Any]) -> Operation:
    body = told.get("requestBody", {}).get("content", {})
    schema = body.get("application/json", {}).get("schema", {})
    return Operation(
        method=method.upper(),
        path=path,
        role=told.get("x-role", ""),
        about=_plain(told.get("description", "")),
        parameters=tuple(
            _field(one["name"], one["schema"], is_required=one.get("required", False))
            for one in told.get("parameters", ())
            if one["in"] != "header"
        ),
        body=_model(schema),
    )


def _bodies(schemas: Mapping[str, Any]) -> Iterator[Body]:
    for name, schema in sorted(schemas.items()):
        if name.endswith(("Input", "Filter")):
            needed = schema.get("required", ())
            yield Body(
                name=name,
                about=_plain(schema.get("description", "")),
                fields=tuple(
                    _field(each, told, is_required=each in needed)
                    for each, told in schema["properties"].items()
                ),
            )


def _field(name: str, schema: Mapping[str, Any], *, is_required: bool) -> Field:
    default = schema.get("default")
    return Field(
        name=name,
        kind=_kind(schema),
        is_required=is_required,
        default="" if default in (None, [], {}) else str(default),
        model=_model(schema),
    )


def _kind(schema: Mapping[str, Any]) -> str:
    """Return the type of a value in words."""
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f'"{one}"' for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "$ref" in schema:
        return _model(schema)
    return str(schema.get("format") or schema.get("type") or "any JSON")


def _model(schema: Mapping[str, Any]) -> str:
    """Return the name of what a schema leads to, "" when it is told in place."""
    for one in (schema, *schema.get("anyOf", ())):
        if "$ref" in one:
            return str(one["$ref"]).removeprefix(_REFERENCE)
    return ""


def _plain(text: str) -> str:
    return text.replace("``", "")


@open_router.get("/api/docs")
async def show(request: Request) -> Response:
    """Show the API. Anybody may: it holds nothing of this server but its version."""
    return page(request, "api_docs.html", api_docs_view(description_of(request.app)))
