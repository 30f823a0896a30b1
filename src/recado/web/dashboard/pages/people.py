"""``/people``: who may sign in and which API keys there are; both can be made here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.keys import make_key
from recado.access.passwords import make_password
from recado.access.roles import Role
from recado.errors import InvalidError
from recado.store import keys
from recado.store.keys import StoredKey
from recado.store.users import User
from recado.web.api.inputs import RowPath, validated
from recado.web.api.keys import KeyInput
from recado.web.api.users import UserInput
from recado.web.dashboard.forms import Form, Submitted
from recado.web.dashboard.pages.once import shown_once
from recado.web.dashboard.render import flash, page, problems_by_field, redirect
from recado.web.guard import Caller, needs
from recado.web.services import services

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOne:
    """A form for somebody or something new, as it was sent; ``problems`` by field."""

    name: str = ""
    role: str = Role.OPERATOR
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleView:
    """People by name; keys newest first, those in use before the revoked ones."""

    users: tuple[User, ...]
    keys: tuple[StoredKey, ...]
    roles: tuple[Role, ...]
    new_user: NewOne
    new_key: NewOne


async def people_view(
    request: Request, *, new_user: NewOne | None = None, new_key: NewOne | None = None
) -> PeopleView:
    """Return everybody and every key."""
    parts = services(request)
    found = await parts.store.read(keys.every)
    return PeopleView(
        users=tuple(await parts.users.every()),
        keys=tuple(sorted(found, key=_in_use_and_new_first)),
        roles=tuple(Role),
        new_user=new_user or NewOne(),
        new_key=new_key or NewOne(),
    )


@router.get("/people", dependencies=[needs(Role.ADMIN)])
async def show(request: Request) -> Response:
    """Show people and keys."""
    return page(request, "people.html", await people_view(request))


@router.post("/people", dependencies=[needs(Role.ADMIN)])
async def create_user(request: Request, actor: Caller, form: Submitted) -> Response:
    """Add somebody, and show the password that was made for them."""
    password = make_password(services(request).draw)
    try:
        wanted = validated(UserInput, _name_and_role(form))
        user = await services(request).users.create(
            wanted.name, password, role=Role(wanted.role), actor=actor
        )
    except InvalidError as error:
        view = await people_view(request, new_user=_again(request, form, error))
        return page(request, "people.html", view, status=400)
    return shown_once(request, "user_created", password, name=user.name)


@router.post("/keys", dependencies=[needs(Role.ADMIN)])
async def create_key(request: Request, actor: Caller, form: Submitted) -> Response:
    """Make a key, and show it."""
    key = make_key(services(request).draw)
    try:
        wanted = validated(KeyInput, _name_and_role(form))
    except InvalidError as error:
        view = await people_view(request, new_key=_again(request, form, error))
        return page(request, "people.html", view, status=400)
    await services(request).keys.add(
        key, name=wanted.name, role=Role(wanted.role), actor=actor
    )
    return shown_once(request, "key_created", key, name=wanted.name)


@router.post("/keys/{key_id:int}/revocation", dependencies=[needs(Role.ADMIN)])
async def revoke_key(
    request: Request, key_id: RowPath, *, actor: Caller, form: Submitted
) -> Response:
    """End a key at once."""
    del form
    key = await services(request).keys.revoke(key_id, actor=actor)
    return redirect("/people", flash=flash("key_revoked", name=key.name))


def _name_and_role(form: Form) -> dict[str, str]:
    return {"name": form.text("name"), "role": form.text("role")}


def _again(request: Request, form: Form, error: InvalidError) -> NewOne:
    return NewOne(
        name=form.text("name"),
        role=form.text("role"),
        problems=problems_by_field(request, error),
    )


def _in_use_and_new_first(key: StoredKey) -> tuple[bool, int]:
    return key.revoked_at is not None, -key.id
