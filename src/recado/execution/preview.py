"""What a trigger would do with an event now, said without doing it: pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recado import wire
from recado.errors import NotJsonError, UnrenderableError
from recado.execution.actions import template
from recado.execution.actions.http_payload import fill_in
from recado.model.execution import Attempt
from recado.model.redact import masked, masked_payload
from recado.model.trigger import ActionType, Trigger

DECIDING = frozenset({"action_type", "action_payload", "agent", "settings"})
"""The fields of a trigger that decide what it does with an event it has accepted."""

_UNKNOWN_ENDS = frozenset({"abandoned", "released"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would be sent or run. Nothing in it is secret.

    ``recipient`` is a number, an address or a program; ``content`` is the text, body
    or input. ``problem`` says why it could not be made; then both may be "".
    """

    action_type: ActionType
    recipient: str = ""
    content: str = ""
    problem: str | None = None


def preview(trigger: Trigger, event_text: bytes) -> Preview:
    """Return what the trigger's action would do with a stored event."""
    make = _MAKERS[trigger.action_type]
    try:
        recipient, content = make(trigger, event_text)
    except (UnrenderableError, ValueError, TypeError, KeyError) as error:
        # a payload that was stored before a rule was made can lack anything
        return Preview(action_type=trigger.action_type, problem=str(error))
    return Preview(
        action_type=trigger.action_type, recipient=recipient, content=content
    )


def may_have_acted(*, is_marked: bool, attempts: Sequence[Attempt]) -> bool:
    """Tell whether something may have gone out already."""
    return is_marked or any(one.outcome in _UNKNOWN_ENDS for one in attempts)


def last_try_at(attempts: Sequence[Attempt], *, accepted_at: datetime) -> datetime:
    """Return when it was done last; when it was accepted if never."""
    return attempts[-1].started_at if attempts else accepted_at


def deciding(changed: Collection[str]) -> list[str]:
    """Return those of a trigger's changed fields that change what it does."""
    return sorted(DECIDING.intersection(changed))


def _whatsapp(trigger: Trigger, event_text: bytes) -> tuple[str, str]:
    payload: Mapping[str, str] = trigger.action_payload
    event = wire.decode(event_text)
    return (
        template.render(payload["number"], event),
        template.render(payload["text"], event),
    )


def _http(trigger: Trigger, event_text: bytes) -> tuple[str, str]:
    payload: Any = trigger.action_payload
    if isinstance(payload, str):
        payload = {"url": payload}
    request = fill_in({**payload, "headers": None}, event_text)
    address = masked_payload(request.url)
    return f"{request.method} {address}", _body_shown(request.body)


def _body_shown(body: bytes) -> str:
    try:
        value = wire.decode(body)
    except NotJsonError:
        return body.decode(errors="replace")
    return wire.encode_pretty(masked(value)).decode()


def _program(trigger: Trigger, event_text: bytes) -> tuple[str, str]:
    return str(trigger.action_payload), _body_shown(event_text)


def _agent(trigger: Trigger, event_text: bytes) -> tuple[str, str]:
    del event_text
    return trigger.agent or "", str(trigger.action_payload)


_MAKERS: Mapping[ActionType, Callable[[Trigger, bytes], tuple[str, str]]] = {
    ActionType.WHATSAPP: _whatsapp,
    ActionType.HTTP: _http,
    ActionType.SCRIPT: _program,
    ActionType.PROMPT: _agent,
    ActionType.SKILL: _agent,
}
