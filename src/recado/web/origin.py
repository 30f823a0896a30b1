"""Whether a browser's request comes from our own pages."""

from urllib.parse import urlsplit

from starlette.requests import Request

from recado.errors import ForbiddenError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_FOREIGN = (
    "this was not sent from one of Recado's own pages, so nothing was done; "
    "open the page again and repeat it"
)


def demand_own_origin(request: Request) -> None:
    """Return when a request only reads, or comes from a page of this server.

    Browsers say so in ``Sec-Fetch-Site``; old ones only in ``Origin``, and over plain
    HTTP to a host that is not this machine none sends the first.

    Raises:
        ForbiddenError: It would change something and comes from elsewhere.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    is_own = site == "same-origin" if site else _has_own_origin(request)
    if not is_own:
        raise ForbiddenError(_FOREIGN)


def _has_own_origin(request: Request) -> bool:
    origin = urlsplit(request.headers.get("origin", ""))
    # The scheme is left out: a proxy may end TLS without saying so.
    return origin.netloc != "" and origin.netloc == request.headers.get("host")


def local_path(wanted: str) -> str:
    """Return an address on this server to go to; ``/`` for any other address."""
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    is_plain = wanted.isprintable() and "\\" not in wanted
    return wanted if is_local and is_plain else "/"
