"""``/account``: one's own password, and the browsers that one is signed in with."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.person import Person
from recado.access.roles import Role
from recado.errors import (
    InvalidError,
    NotFoundError,
    TooManyTriesError,
    WrongPasswordError,
)
from recado.store.sessions import Session
from recado.web.api.inputs import RowPath
from recado.web.dashboard.forms import Submitted
from recado.web.dashboard.pages.login import signed_in, words_of
from recado.web.dashboard.pages.setup import demand_same
from recado.web.dashboard.render import flash, page, problems_by_field, redirect
from recado.web.guard import Caller, CallingPerson, needs
from recado.web.services import services

router = APIRouter(include_in_schema=False)

NO_PROBLEMS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """Oneself. ``here`` is the id of the session that looks at the page."""

    name: str
    role: Role
    sessions: tuple[Session, ...]
    here: int | None
    problems: Mapping[str, str]


async def account_view(
    request: Request, person: Person, problems: Mapping[str, str] = NO_PROBLEMS
) -> AccountView:
    """Return the page of whoever is signed in."""
    found = await services(request).sessions.of_user(_user_id(person))
    return AccountView(
        name=person.name,
        role=person.role,
        sessions=tuple(found),
        here=person.session_id,
        problems=problems,
    )


@router.get("/account", dependencies=[needs(Role.VIEWER)])
async def show(request: Request, person: CallingPerson) -> Response:
    """Show one's own account."""
    return page(request, "account.html", await account_view(request, person))


@router.post("/account/password", dependencies=[needs(Role.VIEWER)])
async def change_password(
    request: Request, *, person: CallingPerson, actor: Caller, form: Submitted
) -> Response:
    """Take another password; all sessions end, and this browser gets a new one."""
    new = form.secret("new")
    try:
        demand_same(new, form.get("repeated", ""))
        user = await services(request).users.change_own_password(
            _user_id(person), old=form.secret("old"), new=new, actor=actor
        )
    except InvalidError as error:
        problems = problems_by_field(request, error)
    except (WrongPasswordError, TooManyTriesError) as error:
        problems = {"old": words_of(request, error)}
    else:
        told = flash("password_changed")
        return await signed_in(request, user, "/account", flash=told)
    view = await account_view(request, person, problems)
    return page(request, "account.html", view, status=400)


@router.post(
    "/account/sessions/{session_id:int}/end", dependencies=[needs(Role.VIEWER)]
)
async def end_session(
    session_id: RowPath,
    *,
    request: Request,
    person: CallingPerson,
    actor: Caller,
    form: Submitted,
) -> Response:
    """Sign one of one's own browsers out."""
    del form
    await services(request).sessions.end(
        session_id, user_id=_user_id(person), actor=actor
    )
    return redirect("/account", flash=flash("session_ended"))


def _user_id(person: Person) -> int:
    if person.user_id is None:
        raise NotFoundError("an API key has no account; sign in with a name instead")
    return person.user_id
