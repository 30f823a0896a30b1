"""Errors become answers here, and nowhere else.

Every answer that is not a success is ``{"error": "<code>", "message": "<for people>"}``
with what else the caller can use, under the status that fits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recado.errors import (
    ForbiddenError,
    InvalidError,
    LastAdminError,
    NotFoundError,
    NotJsonError,
    NotReplayableError,
    Problem,
    RateLimitedError,
    RecadoError,
    StoreBusyError,
    TooManyTriesError,
    UnknownCallerError,
    WrongPasswordError,
)
from recado.observe.signals import Name, Signals
from recado.web.api.answers import WireResponse
from recado.web.api.problems import problems_of
from recado.web.dashboard.error_pages import error_page, is_for_people, to_login
from recado.web.services import services

BUSY_SECONDS = 2
"""What ``Retry-After`` says when the store is busy."""

_ANSWERS: Mapping[type[RecadoError], tuple[int, str]] = {
    InvalidError: (400, "invalid"),
    NotJsonError: (400, "not_json"),
    NotReplayableError: (400, "not_replayable"),
    UnknownCallerError: (401, "unauthorized"),
    WrongPasswordError: (401, "wrong_password"),
    TooManyTriesError: (429, "too_many_tries"),
    ForbiddenError: (403, "forbidden"),
    NotFoundError: (404, "not_found"),
    LastAdminError: (409, "last_admin"),
    RateLimitedError: (429, "rate_limited"),
    StoreBusyError: (503, "unavailable"),
}

_HTTP: Mapping[int, tuple[str, str]] = {
    404: ("not_found", "there is nothing at this address; see /api/docs"),
    405: ("method_not_allowed", "this address does not take this method"),
    413: ("too_large", "the body is larger than 1 MiB"),
}

_INTERNAL = (
    "Recado met an error nobody foresaw. It is in the server's log under request_failed"
)


def install(app: FastAPI, signals: Signals) -> None:
    """Make an application answer every error in the one shape."""
    app.add_exception_handler(RecadoError, _on_recado_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_middleware(Door, signals=signals)


def error_answer(
    status: int,
    code: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return an error in the one shape."""
    content = {"error": code, "message": message, **more}
    return WireResponse(content, status_code=status, headers=headers)


def _on_recado_error(request: Request, error: Exception) -> Response:
    found = _ANSWERS.get(type(error))  # type: ignore[arg-type]  # others are not in it
    if found is None:
        raise error  # nobody foresaw it here: the door answers
    if isinstance(error, StoreBusyError):
        services(request).signals.emit(
            Name.STORE_UNAVAILABLE, raised=error, path=request.url.path
        )
    status, code = found
    if is_for_people(request):
        if isinstance(error, UnknownCallerError):
            return to_login(request)
        return error_page(request, status, _message(error))
    return error_answer(
        status, code, _message(error), headers=_headers(error), **_more(error)
    )


def _message(error: Exception) -> str:
    match error:
        case NotJsonError():
            return f"the body is not JSON: {error}"
        case StoreBusyError():
            return "nothing was changed: the database is busy or full; try again soon"
        case _:
            return str(error)


def _headers(error: Exception) -> dict[str, str] | None:
    match error:
        case UnknownCallerError():
            return {"WWW-Authenticate": 'Bearer realm="recado"'}
        case RateLimitedError() | TooManyTriesError():
            return {"Retry-After": str(error.retry_after_seconds)}
        case StoreBusyError():
            return {"Retry-After": str(BUSY_SECONDS)}
        case _:
            return None


def _more(error: Exception) -> dict[str, Any]:
    match error:
        case InvalidError():
            return {"problems": [_shown(problem) for problem in error.problems]}
        case RateLimitedError() | TooManyTriesError():
            return {"retry_after_seconds": error.retry_after_seconds}
        case NotReplayableError():
            return {"current_status": error.current_status}
        case _:
            return {}


def _shown(problem: Problem) -> dict[str, str]:
    return {"field": problem.field, "message": problem.message}


def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if is_for_people(request):
        return error_page(request, error.status_code)
    code, message = _HTTP.get(error.status_code, ("refused", error.detail))
    return error_answer(error.status_code, code, message, headers=error.headers)


def _on_invalid_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found: Sequence[Any] = error.errors()
    if any(one["loc"][0] == "path" for one in found):
        return _on_http_error(request, HTTPException(404))
    return _on_recado_error(request, InvalidError(problems_of(found, skip=1)))


class Door:
    """Answers 500 to what nobody foresaw, tells the log, and gives no details away."""

    def __init__(self, app: ASGIApp, signals: Signals) -> None:
        self._app = app
        self._signals = signals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def note_start(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, note_start)
        except Exception as error:  # noqa: BLE001 (a door of STYLE §7)
            self._signals.emit(
                Name.REQUEST_FAILED,
                raised=error,
                method=scope["method"],
                path=scope["path"],
            )
            if not has_started:
                await _internal(Request(scope))(scope, receive, send)


def _internal(request: Request) -> Response:
    if is_for_people(request):
        return error_page(request, 500)
    return error_answer(500, "internal", _INTERNAL)
