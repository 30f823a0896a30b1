"""What forms bring, and the proof that they are ours."""

import hmac
from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request

from recado.errors import ForbiddenError, InvalidError, Problem
from recado.model.redact import Secret
from recado.web.dashboard.render import person_of

MAX_FORM = 1_048_576
MAX_FIELDS = 1_000
CSRF_FIELD = "csrf"


class Form(Mapping[str, str]):
    """The fields of a form; a field that is there twice has its last value."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._last = dict(pairs)

    def __getitem__(self, name: str) -> str:
        return self._last[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def __repr__(self) -> str:
        return f"<Form {sorted(self._last)}>"  # values may be secret

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every field with its value, in order."""
        return list(self._pairs)

    def text(self, name: str) -> str:
        """Return a field without the blanks around it; "" when it is not there."""
        return self.get(name, "").strip()

    def secret(self, name: str) -> Secret:
        """Return a field exactly as it was typed, as something that is not printed."""
        return Secret(self.get(name, ""))

    def every(self, name: str) -> list[str]:
        """Return all values of a field, such as ticked boxes."""
        return [value for each, value in self._pairs if each == name]


async def read_form(request: Request) -> Form:
    """Return a request's form, once it proved to come from our own page.

    Raises:
        ForbiddenError: It does not bring the token of the session.
        InvalidError: It is no form.
        HTTPException: 413, it is larger than ``MAX_FORM``.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_FORM:
            raise HTTPException(413)
        parts.append(part)
    form = _parsed(b"".join(parts))
    person = person_of(request)
    if person is not None and not _is_ours(person.csrf, form.get(CSRF_FIELD, "")):
        raise ForbiddenError("the form is too old; open the page again and repeat it")
    return form


def _parsed(body: bytes) -> Form:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise InvalidError([Problem("form", "cannot be read")]) from error
    return Form(pairs)


def _is_ours(wanted: str, given: str) -> bool:
    return hmac.compare_digest(wanted.encode(), given.encode())


Submitted = Annotated[Form, Depends(read_form)]
"""The form of a request; every handler of a ``POST`` takes it."""
