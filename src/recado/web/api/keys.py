"""API keys: listed, made and revoked."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from recado.access.keys import make_key
from recado.access.roles import Role
from recado.store import keys
from recado.store.keys import StoredKey
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import Input, JsonObject, RowPath, documented, validated
from recado.web.guard import Caller, needs
from recado.web.services import services

router = APIRouter(prefix="/api/keys", tags=["keys"])


class KeyInput(Input):
    """A new key: what it is called and what it may do."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
    role: Literal["viewer", "operator", "admin"]


@router.get("", dependencies=[needs(Role.ADMIN)])
async def list_keys(request: Request) -> Response:
    """List API keys, oldest first, revoked ones too."""
    found = await services(request).store.read(keys.every)
    return WireResponse({"keys": [_shown(key) for key in found]})


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Role.ADMIN)],
    openapi_extra=documented(KeyInput),
)
async def create_key(request: Request, actor: Caller, body: JsonObject) -> Response:
    """Make an API key. Only this answer shows it."""
    parts = services(request)
    wanted = validated(KeyInput, body)
    key = make_key(parts.draw)
    stored = await parts.keys.add(
        key, name=wanted.name.strip(), role=Role(wanted.role), actor=actor
    )
    return WireResponse(_shown(stored) | {"key": key.reveal()}, status_code=201)


@router.delete("/{key_id:int}", status_code=204, dependencies=[needs(Role.ADMIN)])
async def revoke_key(request: Request, key_id: RowPath, actor: Caller) -> Response:
    """End an API key at once."""
    await services(request).keys.revoke(key_id, actor=actor)
    return Response(status_code=204)


def _shown(key: StoredKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "prefix": key.prefix,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }
