"""Templates become pages: in the reader's language, escaped, under a strict policy."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from recado import wire
from recado.access.person import Person
from recado.errors import InvalidError, NotJsonError
from recado.web.dashboard.browsers import browser_name
from recado.web.dashboard.formats import Formats
from recado.web.dashboard.locales import Language, Translator, choose, read_words
from recado.web.dashboard.navigation import NAVIGATION, is_current
from recado.web.dashboard.problem_words import said
from recado.web.dashboard.static_files import address_of
from recado.web.origin import SAFE_METHODS, local_path

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "recado_language"
FLASH_COOKIE = "recado_flash"
FLASH_SECONDS = 60

POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    # the default, no-referrer, makes browsers hide the origin of our own forms
    "Referrer-Policy": "same-origin",
    "Vary": "Cookie, Accept-Language",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """What the next page says at its top: the text under ``flash.<key>``."""

    key: str
    kind: str = "done"
    values: Mapping[str, str | int] = field(default_factory=dict)


def flash(key: str, *, kind: str = "done", **values: str | int) -> Flash:
    """Return a message for the next page; ``kind`` is ``done`` or ``failed``.

    Never hand it a secret: it travels in a cookie.
    """
    return Flash(key=key, kind=kind, values=values)


class _Compiled(BytecodeCache):
    """What templates are compiled to, once in a process however many servers it has."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


# one for each language: what a filter makes of a constant is part of the code
_COMPILED = {language: _Compiled() for language in Language}


class Renderer:
    """Fills templates in. One for each server; ``now`` is for "3 min ago"."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        words = {language: read_words(language) for language in Language}
        self._translators = {each: Translator(words[each]) for each in Language}
        self._environments = {
            each: _environment(
                now,
                t=self._translators[each],
                formats=Formats(words[each]),
                language=each,
            )
            for each in Language
        }

    def translator(self, language: Language) -> Translator:
        """Return the words of a language."""
        return self._translators[language]

    def html(self, template: str, language: Language, /, **context: Any) -> str:
        """Return a template filled in."""
        return self._environments[language].get_template(template).render(context)


def _environment(
    now: Callable[[], datetime], *, t: Translator, formats: Formats, language: Language
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=_COMPILED[language],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        t=t, static=address_of, language=language, languages=Language
    )
    environment.filters.update(
        moment=formats.moment,
        number=formats.number,
        duration=formats.duration,
        browser=browser_name,
        ago=lambda at: formats.ago(at, now()),
    )
    return environment


def language_of(request: Request) -> Language:
    """Return the language that a request is answered in."""
    return choose(
        request.cookies.get(LANGUAGE_COOKIE),
        request.headers.get("accept-language", ""),
    )


def person_of(request: Request) -> Person | None:
    """Return who calls; None on a route that is open to all."""
    return getattr(request.state, "person", None)


def translator_of(request: Request) -> Translator:
    """Return the words of a request's language, for texts that a view holds."""
    return _renderer(request).translator(language_of(request))


def page(
    request: Request, template: str, view: object = None, *, status: int = 200
) -> HTMLResponse:
    """Return a page: ``templates/<template>`` shows ``view``.

    The template also has ``person`` (None before signing in), ``csrf``, ``path``,
    ``navigation`` and ``message`` (the flash of the page before).
    """
    person = person_of(request)
    message = _flash_of(request)
    path = request.url.path
    html = _renderer(request).html(
        template,
        language_of(request),
        view=view,
        person=person,
        csrf=person.csrf if person else "",
        path=path,
        here=_here(request),
        navigation=[
            (place, is_current(place, path))
            for place in NAVIGATION
            if person and person.may(place.role)
        ],
        message=message,
    )
    answer = HTMLResponse(html, status_code=status, headers=HEADERS)
    if message:
        answer.delete_cookie(FLASH_COOKIE)
    return answer


def redirect(to: str, *, flash: Flash | None = None) -> Response:
    """Return the answer to a form that was carried out: look there now.

    ``to`` is an address of ours, or passed through ``origin.local_path``.
    """
    answer = RedirectResponse(to, status_code=303)
    if flash is not None:
        told = wire.encode([flash.key, flash.kind, dict(flash.values)])
        answer.set_cookie(
            FLASH_COOKIE,
            base64.urlsafe_b64encode(told).decode(),
            max_age=FLASH_SECONDS,
            httponly=True,
            samesite="lax",
        )
    return answer


def problems_by_field(request: Request, error: InvalidError) -> dict[str, str]:
    """Return what to say beside each field, in the reader's language if we can."""
    t = translator_of(request)
    return {one.field: said(one, t) for one in error.problems}


def _here(request: Request) -> str:
    """Return an address that shows this page again, or the form that led to it."""
    shown = request.url
    if request.method not in SAFE_METHODS:
        # what answers a form cannot be asked for: most of those addresses show nothing
        shown = URL(request.headers.get("referer", ""))
    try:
        return local_path(f"{shown.path}?{shown.query}" if shown.query else shown.path)
    except ValueError:  # no browser sends such an address
        return "/"


def _renderer(request: Request) -> Renderer:
    found: Renderer = request.app.state.renderer
    return found


def _flash_of(request: Request) -> tuple[str, str] | None:
    """Return kind and text of the message to show; a cookie from others is ignored."""
    try:
        told = base64.urlsafe_b64decode(request.cookies[FLASH_COOKIE])
        key, kind, values = wire.decode(told)
        text = translator_of(request)(f"flash.{key}", **values)
    except (KeyError, binascii.Error, NotJsonError, ValueError, TypeError):
        return None
    return ("failed" if kind == "failed" else "done", text)
