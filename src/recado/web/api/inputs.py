"""What requests bring: JSON objects, ids, moments and pages."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from recado import wire
from recado.errors import InvalidError, Problem
from recado.model.ids import ExecutionId, TriggerId
from recado.web.api.problems import problems_of

MAX_BODY = 1_048_576
"""Bytes of a request to the management API."""

MAX_ID = 2**63 - 1
"""What a database can number."""


class Input(BaseModel):
    """A document from outside: unknown fields are refused, nothing is guessed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )


Model = TypeVar("Model", bound=Input)


async def read_object(request: Request) -> dict[str, Any]:
    """Return the request's JSON object; no body at all is an empty one.

    Raises:
        NotJsonError: The body is not JSON.
        InvalidError: It is JSON, but no object.
        HTTPException: 413, it is larger than ``MAX_BODY``.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise HTTPException(413)
        parts.append(part)
    value = wire.decode(b"".join(parts)) if size else {}
    if not isinstance(value, dict):
        raise InvalidError([Problem("body", "must be a JSON object")])
    return value


def validated(
    model: type[Model], document: object, *, context: Mapping[str, Any] | None = None
) -> Model:
    """Return a document as its model.

    Raises:
        InvalidError: Fields are wrong; holds all problems at once.
    """
    try:
        return model.model_validate(document, context=context)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    # outside the except block, so that no trace keeps what was sent
    raise InvalidError(problems_of(found, known=names_of(model)))


def names_of(model: type[BaseModel]) -> list[str]:
    """Return the names of a model's fields and of those inside them."""
    names = []
    for name, field in model.model_fields.items():
        names.append(name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names += names_of(inner)
    return names


def documented(model: type[Input]) -> dict[str, Any]:
    """Return what OpenAPI says of a route whose body is read as ``model``."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def _moment(value: object) -> object:
    if isinstance(value, str):
        # an unescaped + of an offset arrives as a blank
        text = value.replace(" ", "+") if "T" in value else value
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            value = None
    if not isinstance(value, datetime):
        raise ValueError(  # noqa: TRY004 (a ValueError becomes a problem)
            "must be a moment in ISO 8601, such as 2026-01-31T12:00:00Z"
        )
    return value if value.tzinfo else value.replace(tzinfo=UTC)


Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A moment in ISO 8601; without an offset it is UTC."""

RowId = Annotated[int, Field(ge=1, le=MAX_ID)]
JsonObject = Annotated[dict[str, Any], Depends(read_object)]
TriggerPath = Annotated[TriggerId, Path(ge=1, le=MAX_ID)]
ExecutionPath = Annotated[ExecutionId, Path(ge=1, le=MAX_ID)]
RowPath = Annotated[int, Path(ge=1, le=MAX_ID)]


class Paged(Input):
    """A page of a list by key. ``cursor`` is the last page's ``next_cursor``."""

    # what comes in a query is text
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[int, Field(ge=1, le=MAX_ID)] | None = None
