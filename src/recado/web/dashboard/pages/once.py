"""A secret that only the answer which made it shows."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from recado.model.redact import Secret
from recado.web.dashboard.render import page, translator_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OnceView:
    """A secret, what it is, and where to go from there."""

    title: str
    about: str
    secret: str
    back: str


def shown_once(
    request: Request, what: str, secret: Secret, *, name: str, back: str = "/people"
) -> Response:
    """Return the page that shows a secret; its words are ``once.<what>``.

    It is the answer to the form itself, without a redirect: so the secret is kept
    nowhere, not even until the next request.
    """
    t = translator_of(request)
    view = OnceView(
        title=t(f"once.{what}.title", name=name),
        about=t(f"once.{what}.about", name=name),
        secret=secret.reveal(),
        back=back,
    )
    return page(request, "once.html", view)
