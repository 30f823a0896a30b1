"""``/login`` and ``/logout``: a browser gets a session, and gives it back."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.errors import (
    RecadoError,
    TooManyTriesError,
    UnknownCallerError,
    WrongPasswordError,
)
from recado.store.users import User
from recado.web.cookies import drop_session, session_token, set_session
from recado.web.dashboard.forms import Submitted
from recado.web.dashboard.render import Flash, page, redirect, translator_of
from recado.web.guard import Caller, CallingPerson, address_of, needs
from recado.web.origin import demand_own_origin, local_path
from recado.web.services import services

open_router = APIRouter(include_in_schema=False)
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginView:
    """The sign-in form. ``problem`` is why the last try failed, "" at the first."""

    name: str
    after: str
    problem: str
    is_set_up: bool


async def login_view(
    request: Request, *, name: str = "", after: str = "/", problem: str = ""
) -> LoginView:
    """Return the form."""
    is_set_up = await services(request).users.are_there_any()
    return LoginView(name=name, after=after, problem=problem, is_set_up=is_set_up)


@open_router.get("/login")
async def show(request: Request) -> Response:
    """Show the form; somebody who is signed in already goes on at once."""
    after = local_path(request.query_params.get("next", ""))
    token = session_token(request)
    if token is not None:
        try:
            await services(request).sessions.who(token)
            return redirect(after)
        except UnknownCallerError:
            pass  # it is over, which is why they are here
    return page(request, "login.html", await login_view(request, after=after))


@open_router.post("/login", dependencies=[Depends(demand_own_origin)])
async def sign_in(request: Request, form: Submitted) -> Response:
    """Start a session, under an id that nobody had before."""
    name, after = form.text("name"), local_path(form.text("next"))
    try:
        user = await services(request).users.sign_in(
            name, form.secret("password"), source_ip=address_of(request)
        )
    except (WrongPasswordError, TooManyTriesError) as error:
        problem = words_of(request, error)
        view = await login_view(request, name=name, after=after, problem=problem)
        return _refusal(request, view, error)
    return await signed_in(request, user, after)


async def signed_in(
    request: Request, user: User, after: str, *, flash: Flash | None = None
) -> Response:
    """Return the answer that hands a browser a new session and sends it on."""
    token = await services(request).sessions.start(
        user,
        source_ip=address_of(request),
        browser=request.headers.get("user-agent", ""),
        before=session_token(request),
    )
    answer = redirect(after, flash=flash)
    set_session(request, answer, token)
    return answer


@router.post("/logout", dependencies=[needs(Role.VIEWER)])
async def sign_out(
    request: Request, *, person: CallingPerson, actor: Caller, form: Submitted
) -> Response:
    """End the session of this browser."""
    del form
    if person.session_id is not None and person.user_id is not None:
        await services(request).sessions.end(
            person.session_id, user_id=person.user_id, actor=actor
        )
    answer = redirect("/login")
    drop_session(request, answer)
    return answer


def _refusal(request: Request, view: LoginView, error: RecadoError) -> Response:
    if isinstance(error, TooManyTriesError):
        answer = page(request, "login.html", view, status=429)
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
        return answer
    return page(request, "login.html", view, status=401)


def words_of(request: Request, error: RecadoError) -> str:
    """Return why a password was not taken, in the reader's language."""
    t = translator_of(request)
    if isinstance(error, TooManyTriesError):
        return t("login.throttled", count=max(1, -(-error.retry_after_seconds // 60)))
    return t("login.wrong")
