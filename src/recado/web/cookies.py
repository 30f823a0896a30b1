"""The cookie of a session. Nothing else may set or read it."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from recado.access.sessions import LIFETIME
from recado.model.redact import Secret
from recado.web.services import services

# With the prefix, browsers take it only over TLS and from no other host, so that a
# neighbour under the same domain cannot plant one.
_OVER_TLS = "__Host-recado_session"
_PLAIN = "recado_session"


def is_over_tls(request: Request) -> bool:
    """Tell whether the browser speaks TLS, be it to a proxy before this server.

    A proxy on this machine says so in ``X-Forwarded-Proto``. One that does not is
    known by ``RECADO_PUBLIC_URL``, when the browser asked for that host.
    """
    public = urlsplit(services(request).public_url())
    is_public = request.headers.get("host") == public.netloc
    return request.url.scheme == "https" or (is_public and public.scheme == "https")


def session_token(request: Request) -> Secret | None:
    """Return the session that a browser brings, whether or not it is known."""
    token = request.cookies.get(_name(request))
    return Secret(token) if token else None


def set_session(request: Request, answer: Response, token: Secret) -> None:
    """Hand a browser its session."""
    answer.set_cookie(
        _name(request),
        token.reveal(),
        max_age=int(LIFETIME.total_seconds()),
        secure=is_over_tls(request),
        httponly=True,
        samesite="lax",
    )


def drop_session(request: Request, answer: Response) -> None:
    """Have a browser forget its session."""
    answer.delete_cookie(
        _name(request), secure=is_over_tls(request), httponly=True, samesite="lax"
    )


def _name(request: Request) -> str:
    return _OVER_TLS if is_over_tls(request) else _PLAIN
