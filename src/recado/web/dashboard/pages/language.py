"""The switch of the language, at the foot of every page."""

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from recado.errors import InvalidError, Problem
from recado.web.dashboard.forms import Submitted
from recado.web.dashboard.locales import Language
from recado.web.dashboard.render import LANGUAGE_COOKIE, redirect
from recado.web.origin import demand_own_origin, local_path

YEAR = 365 * 86_400

router = APIRouter(include_in_schema=False)


@router.post("/language", dependencies=[Depends(demand_own_origin)])
async def choose_language(request: Request, form: Submitted) -> Response:
    """Remember a language in this browser; anybody may, signed in or not."""
    del request
    if form.text("language") not in list(Language):
        raise InvalidError([Problem("language", "is not known")])
    answer = redirect(local_path(form.text("next")))
    answer.set_cookie(
        LANGUAGE_COOKIE, form.text("language"), max_age=YEAR, samesite="lax"
    )
    return answer
