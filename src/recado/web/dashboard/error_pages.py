"""What a person sees when something is refused or broken."""

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from recado.web.dashboard.render import page, translator_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorView:
    """A refusal in words. ``details`` is what the server says, "" when nothing."""

    status: int
    title: str
    text: str
    details: str


def is_for_people(request: Request) -> bool:
    """Tell whether a browser asked for a page, and not a program for JSON."""
    wants_html = "text/html" in request.headers.get("accept", "")
    return wants_html and not request.url.path.startswith("/api/")


def error_page(request: Request, status: int, details: str = "") -> Response:
    """Return an error as a page."""
    t = translator_of(request)
    key = str(status) if t.has(f"error.{status}.title") else "other"
    view = ErrorView(
        status=status,
        title=t(f"error.{key}.title"),
        text=t(f"error.{key}.text"),
        details=details,
    )
    return page(request, "error.html", view, status=status)


def to_login(request: Request) -> Response:
    """Return the way to the sign-in page, and from there back to this address."""
    is_read = request.method in ("GET", "HEAD")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    after = f"?next={quote(here, safe='')}" if is_read and here != "/" else ""
    return RedirectResponse(f"/login{after}", status_code=303)
