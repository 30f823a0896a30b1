"""An answer to a reply or to an error."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from recado import wire
from recado.errors import (
    EvolutionError,
    MisconfiguredError,
    NotJsonError,
    OfflineError,
    PassingFaultError,
    RefusedError,
    ServerFaultError,
    StrangeAnswerError,
    ThrottledError,
)
from recado.evolution.commands.base import Command
from recado.evolution.meaning import NOT_NOW, REPAIR, Meaning
from recado.evolution.transport import Answer
from recado.model.redact import masked
from recado.retry.retry_after import seconds_asked

Reply = TypeVar("Reply")

_OK, _ABOVE_OK = 200, 300  # as numbers: an HTTPStatus is slow to load and to compare

LONGEST_TEXT = 500
"""How much of an answer that is not JSON an error keeps."""


def decode(
    command: Command[Reply], answer: Answer, *, now: Callable[[], datetime]
) -> Reply:
    """Return the reply that the answer holds. ``now`` gives an aware moment.

    Raises:
        EvolutionError: The call failed; the class and its facts say how.
    """
    if _OK <= answer.status < _ABOVE_OK:
        try:
            value = wire.decode(answer.body)
            if not command.enveloped:
                return command.read(value)
            if value["message"] == "success":
                return command.read(value.get("data"))
        except (NotJsonError, LookupError, TypeError, ValueError) as cause:
            raise _strange(command.route, answer) from cause
        raise _strange(command.route, answer)
    error = _error(command.route, answer, now())
    if isinstance(error, OfflineError) and not error.may_have_acted:
        return command.read_offline(error)
    raise error


def _strange(route: str, answer: Answer) -> StrangeAnswerError:
    return StrangeAnswerError(
        f"{route}: HTTP {answer.status} with an answer that Evolution Go does not "
        "give; is something else at this address?",
        route=route,
        status=answer.status,
        body=_body(answer.body),
    )


def _error(route: str, answer: Answer, now: datetime) -> EvolutionError:
    from recado.evolution.known_errors import (  # noqa: PLC0415 -- only failures need it
        LICENCE_CODE,
        meaning_of,
    )

    body = _body(answer.body)
    fields: dict[str, Any] = body if isinstance(body, dict) else {}
    text = fields.get("error")
    text = text.strip() if isinstance(text, str) else ""
    unlicensed = fields.get("code") == LICENCE_CODE
    meaning = REPAIR if unlicensed else meaning_of(answer.status, text)
    said = f"{route}: HTTP {answer.status}" + (f": {text}" if text else "")
    error = _class_of(answer.status, meaning)(
        f"{said}. {_activation(fields)}" if unlicensed else said,
        route=route,
        status=answer.status,
        body=body,
        retry_after=seconds_asked(answer.headers.get("retry-after"), now=now),
        may_have_acted=meaning.may_have_acted,
    )
    error.category = meaning.category
    error.resendable = answer.resendable
    return error


def _class_of(status: int, meaning: Meaning) -> type[EvolutionError]:
    if status in NOT_NOW and meaning.category == "transient":
        return ThrottledError
    if meaning.category == "transient":
        return ServerFaultError if meaning.may_have_acted else PassingFaultError
    return {
        "offline": OfflineError,
        "permanent": RefusedError,
        "config": MisconfiguredError,
    }[meaning.category]


def _activation(fields: dict[str, Any]) -> str:
    address = fields.get("register_url")
    where = address if isinstance(address, str) and address else "its page /manager"
    return f"This Evolution Go is not activated: open {where} and activate the licence"


def _body(raw: bytes) -> Any:
    """Return what an error may keep of a body: masked, and bounded if not JSON."""
    try:
        return masked(wire.decode(raw))
    except NotJsonError:
        return raw.decode("utf-8", "replace")[:LONGEST_TEXT]
