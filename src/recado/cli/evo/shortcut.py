"""The first try of a plain call, made before the SDK is loaded.

Loading the SDK takes longer than a whole script of argparse and urllib, and most runs
end with the first answer. So a plain call is sent from here, once, and if all is well
that was it. Whatever is not plain, or not well, goes on in ``recado.cli.evo.run``: the
SDK judges what the first try gave, and makes the others.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from pyreqwest.client import SyncClientBuilder
from pyreqwest.exceptions import RequestError
from pyreqwest.http import Url

from recado.cli.evo.access import Access
from recado.cli.evo.plain import PlainRequest
from recado.cli.evo.plain_routes import Route

CONNECT_SECONDS = 5.0

_BASE_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._/-]*)?")
_HEADER_VALUE = re.compile(r"[!-~]+")


class FirstAnswer(NamedTuple):
    """What came back of the first try: an answer, or the library's error."""

    status: int = 0
    headers: Mapping[str, str] = {}
    body: bytes = b""
    error: RequestError | None = None


def fits(access: Access, plain: PlainRequest) -> bool:
    """Return whether the address and the key need no second look."""
    key = access.key_for(plain.route.auth)
    if plain.route.auth != "none" and not _HEADER_VALUE.fullmatch(key):
        return False
    try:
        Url(access.url)
    except ValueError:
        return False
    return bool(_BASE_URL.fullmatch(access.url))


def send(access: Access, plain: PlainRequest) -> FirstAnswer:
    """Make the request once and return what came back."""
    client = (
        SyncClientBuilder()
        .user_agent("recado")
        .follow_redirects(enable=False)  # a redirect would carry the key elsewhere
        .connect_timeout(timedelta(seconds=CONNECT_SECONDS))
        .build()
    )
    call = client.request(plain.route.method, access.url.rstrip("/") + plain.path)
    if key := access.key_for(plain.route.auth):
        call.header("apikey", key, is_sensitive=True)
    if plain.body is not None:
        raw = json.dumps(plain.body, ensure_ascii=False).encode()
        call.header("content-type", "application/json").body_bytes(raw)
    call.timeout(timedelta(seconds=CONNECT_SECONDS + plain.read_timeout))
    try:
        answer = call.build().send()
        return FirstAnswer(answer.status, answer.headers, bytes(answer.bytes()))
    except RequestError as error:
        return FirstAnswer(error=error)


def find_result(plain: PlainRequest, answer: FirstAnswer) -> Any:
    """Return the JSON of an answer that is plainly a success; None if it is not."""
    if answer.error is not None or answer.status != 200:  # noqa: PLR2004 -- http takes 2 ms to load
        return None
    try:
        result = json.loads(answer.body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return result if _is_success(plain.route, result) else None


def _is_success(route: Route, result: Any) -> bool:
    if not route.enveloped:
        return True
    if not isinstance(result, dict) or result.get("message") != "success":
        return False
    for name in route.tells:
        if not isinstance(result, dict) or result.get(name) in (None, ""):
            return False
        result = result[name]
    return True


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
