"""People who may sign in: listed, made, given roles and passwords, removed."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from recado.access.passwords import make_password
from recado.access.roles import Role
from recado.model.redact import Secret
from recado.store.users import User
from recado.web.api.answers import WireResponse
from recado.web.api.inputs import Input, JsonObject, RowPath, documented, validated
from recado.web.guard import Caller, needs
from recado.web.services import services

router = APIRouter(prefix="/api/users", tags=["users"])

RoleName = Literal["viewer", "operator", "admin"]
Password = Annotated[str | None, Field(max_length=256)]


class UserInput(Input):
    """Somebody new. Without a password, Recado makes one and shows it once."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    role: RoleName
    password: Password = None


class RoleInput(Input):
    """What somebody may do from now on."""

    role: RoleName


class PasswordInput(Input):
    """A new password. Without one, Recado makes one and shows it once."""

    password: Password = None


BODIES = (UserInput, RoleInput, PasswordInput)


@router.get("", dependencies=[needs(Role.ADMIN)])
async def list_users(request: Request) -> Response:
    """List people, by name."""
    found = await services(request).users.every()
    return WireResponse({"users": [_shown(user) for user in found]})


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Role.ADMIN)],
    openapi_extra=documented(UserInput),
)
async def create_user(request: Request, actor: Caller, body: JsonObject) -> Response:
    """Add somebody. Only this answer shows a password that Recado made."""
    wanted = validated(UserInput, body)
    password = _given_or_made(request, wanted.password)
    user = await services(request).users.create(
        wanted.name, password, role=Role(wanted.role), actor=actor
    )
    shown = _shown(user) | _made(password, wanted.password)
    return WireResponse(shown, status_code=201)


@router.patch(
    "/{user_id:int}",
    dependencies=[needs(Role.ADMIN)],
    openapi_extra=documented(RoleInput),
)
async def change_role(
    request: Request, user_id: RowPath, *, actor: Caller, body: JsonObject
) -> Response:
    """Give somebody another role; their sessions end."""
    role = Role(validated(RoleInput, body).role)
    user = await services(request).users.change_role(user_id, role, actor=actor)
    return WireResponse(_shown(user))


@router.post(
    "/{user_id:int}/reset-password",
    dependencies=[needs(Role.ADMIN)],
    openapi_extra=documented(PasswordInput),
)
async def reset_password(
    request: Request, user_id: RowPath, *, actor: Caller, body: JsonObject
) -> Response:
    """Give somebody another password; their sessions end. Shown once if made."""
    wanted = validated(PasswordInput, body)
    password = _given_or_made(request, wanted.password)
    user = await services(request).users.reset_password(user_id, password, actor=actor)
    return WireResponse(_shown(user) | _made(password, wanted.password))


@router.delete("/{user_id:int}", status_code=204, dependencies=[needs(Role.ADMIN)])
async def delete_user(request: Request, user_id: RowPath, actor: Caller) -> Response:
    """Remove somebody; their sessions end."""
    await services(request).users.delete(user_id, actor=actor)
    return Response(status_code=204)


def _given_or_made(request: Request, given: str | None) -> Secret:
    return make_password(services(request).draw) if given is None else Secret(given)


def _made(password: Secret, given: str | None) -> dict[str, str]:
    return {"password": password.reveal()} if given is None else {}


def _shown(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "created_at": user.created_at,
        "last_login_at": user.last_login_at,
    }
