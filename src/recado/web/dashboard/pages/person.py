"""``/people/{id}``: one person's role, password and sessions."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.passwords import make_password
from recado.access.roles import Role
from recado.errors import InvalidError, LastAdminError, Problem
from recado.store.sessions import Session
from recado.store.users import User
from recado.web.api.inputs import RowPath
from recado.web.dashboard.forms import Submitted
from recado.web.dashboard.pages.once import shown_once
from recado.web.dashboard.render import flash, page, redirect
from recado.web.guard import Caller, CallingPerson, needs
from recado.web.services import services

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """Somebody. ``is_self`` when an admin looks at themselves."""

    user: User
    sessions: tuple[Session, ...]
    roles: tuple[Role, ...]
    is_self: bool


async def person_view(request: Request, user_id: int, *, own_id: int) -> PersonView:
    """Return one person.

    Raises:
        NotFoundError: There is none with this id.
    """
    parts = services(request)
    user = await parts.users.get(user_id)
    return PersonView(
        user=user,
        sessions=tuple(await parts.sessions.of_user(user_id)),
        roles=tuple(Role),
        is_self=user_id == own_id,
    )


@router.get("/people/{user_id:int}", dependencies=[needs(Role.ADMIN)])
async def show(request: Request, user_id: RowPath, person: CallingPerson) -> Response:
    """Show somebody."""
    view = await person_view(request, user_id, own_id=person.user_id or 0)
    return page(request, "person.html", view)


@router.post("/people/{user_id:int}/role", dependencies=[needs(Role.ADMIN)])
async def change_role(
    request: Request, user_id: RowPath, *, actor: Caller, form: Submitted
) -> Response:
    """Give somebody another role; their sessions end."""
    if form.text("role") not in list(Role):
        raise InvalidError([Problem("role", "is not known")])
    try:
        user = await services(request).users.change_role(
            user_id, Role(form.text("role")), actor=actor
        )
    except LastAdminError:
        return _refused_for_the_last_admin(user_id)
    told = flash("role_changed", name=user.name)
    return redirect(f"/people/{user_id}", flash=told)


@router.post("/people/{user_id:int}/password", dependencies=[needs(Role.ADMIN)])
async def reset_password(
    request: Request, user_id: RowPath, *, actor: Caller, form: Submitted
) -> Response:
    """Give somebody a password that is made, and show it; their sessions end."""
    del form
    password = make_password(services(request).draw)
    user = await services(request).users.reset_password(user_id, password, actor=actor)
    back = f"/people/{user_id}"
    return shown_once(request, "password_reset", password, name=user.name, back=back)


@router.post("/people/{user_id:int}/deletion", dependencies=[needs(Role.ADMIN)])
async def delete_user(
    request: Request, user_id: RowPath, *, actor: Caller, form: Submitted
) -> Response:
    """Remove somebody; their sessions end."""
    del form
    try:
        user = await services(request).users.delete(user_id, actor=actor)
    except LastAdminError:
        return _refused_for_the_last_admin(user_id)
    return redirect("/people", flash=flash("user_deleted", name=user.name))


@router.post(
    "/people/{user_id:int}/sessions/{session_id:int}/end",
    dependencies=[needs(Role.ADMIN)],
)
async def end_session(
    request: Request,
    user_id: RowPath,
    session_id: RowPath,
    *,
    actor: Caller,
    form: Submitted,
) -> Response:
    """Sign one of somebody's browsers out."""
    del form
    await services(request).sessions.end(session_id, user_id=user_id, actor=actor)
    return redirect(f"/people/{user_id}", flash=flash("session_ended"))


def _refused_for_the_last_admin(user_id: int) -> Response:
    told = flash("last_admin", kind="failed")
    return redirect(f"/people/{user_id}", flash=told)
