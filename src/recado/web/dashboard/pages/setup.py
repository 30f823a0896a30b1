"""``/setup``: the first admin is made, by the link that the server printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from recado.errors import InvalidError, NotFoundError, Problem
from recado.model.redact import Secret
from recado.web.dashboard.forms import Form, Submitted
from recado.web.dashboard.pages.login import signed_in
from recado.web.dashboard.render import flash, page, problems_by_field
from recado.web.guard import address_of
from recado.web.origin import demand_own_origin
from recado.web.services import services

open_router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupView:
    """The form of the first admin; ``problems`` by field."""

    token: str
    name: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)


def setup_view(form: Form, problems: Mapping[str, str]) -> SetupView:
    """Return the form as it was sent, without the password."""
    return SetupView(
        token=form.text("token"), name=form.text("name"), problems=problems
    )


@open_router.get("/setup")
async def show(request: Request) -> Response:
    """Show the form to whoever has the link."""
    token = request.query_params.get("token", "")
    await _demand_link(request, token)
    return page(request, "setup.html", SetupView(token=token))


@open_router.post("/setup", dependencies=[Depends(demand_own_origin)])
async def create_first_admin(request: Request, form: Submitted) -> Response:
    """Make the admin and sign them in; the link opens nothing more."""
    parts = services(request)
    await _demand_link(request, form.text("token"))
    password = form.secret("password")
    try:
        demand_same(password, form.get("repeated", ""))
        admin = await parts.users.create_first(
            form.text("name"), password, source_ip=address_of(request)
        )
    except InvalidError as error:
        view = setup_view(form, problems_by_field(request, error))
        return page(request, "setup.html", view, status=400)
    parts.setup_link.use_up()
    return await signed_in(request, admin, "/", flash=flash("welcome", name=admin.name))


def demand_same(password: Secret, repeated: str) -> None:
    """Return when a password was typed twice alike.

    Raises:
        InvalidError: It was not.
    """
    if password.reveal() != repeated:
        raise InvalidError([Problem("repeated", "differs", "differs")])


async def _demand_link(request: Request, token: str) -> None:
    parts = services(request)
    if not parts.setup_link.opens(token) or await parts.users.are_there_any():
        raise NotFoundError(
            "this link was used, or the server was started again since; it prints a "
            "new one at its start while there is nobody who may sign in"
        )
