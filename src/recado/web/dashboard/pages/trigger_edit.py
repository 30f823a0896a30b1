"""``/triggers/new`` and ``/triggers/{id}/edit``: the form, checked field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.errors import InvalidError
from recado.intake.sources.registry import SOURCES
from recado.model.ids import TriggerId
from recado.model.redact import Secret
from recado.model.trigger import ActionType, Trigger
from recado.store.triggers import TriggerFields
from recado.web import trigger_changes
from recado.web.api.inputs import TriggerPath
from recado.web.api.shown import trigger_shown
from recado.web.api.trigger_input import SHOWN_ONLY, read_change, read_new
from recado.web.dashboard.forms import Form, Submitted
from recado.web.dashboard.pages.trigger_secret import shown_once
from recado.web.dashboard.problem_words import said
from recado.web.dashboard.render import flash, page, redirect, translator_of
from recado.web.dashboard.trials import EXAMPLE, Trial, read_payload, try_payload
from recado.web.dashboard.trigger_form import (
    NEW_FIELDS,
    document_of,
    field_of,
    fields_of,
)
from recado.web.guard import Caller, needs
from recado.web.services import Services, services

TRY = "try"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerFormView:
    """The form. ``problems`` are by field; ``id`` is None for a new trigger."""

    id: TriggerId | None
    fields: dict[str, str]
    problems: dict[str, str]
    is_policy_wrong: bool
    sources: tuple[str, ...]
    actions: tuple[ActionType, ...]
    payload: str
    trial: Trial | None


@router.get("/triggers/new", dependencies=[needs(Role.OPERATOR)])
async def show_new(request: Request) -> Response:
    """Show an empty form."""
    return page(request, "trigger_edit.html", form_view(None, NEW_FIELDS))


@router.post("/triggers", dependencies=[needs(Role.OPERATOR)])
async def add(request: Request, form: Submitted, actor: Caller) -> Response:
    """Make the trigger and show its secret, this once; or only try a payload."""
    parts = services(request)
    try:
        document, fields = _read(parts, form, None)
        if form.text("intent") == TRY:
            return _tried(request, form, _unsaved(parts, fields, None))
        trigger, secret = await trigger_changes.create(parts, document, actor=actor)
    except InvalidError as error:
        return _again(request, form, None, error=error)
    return shown_once(request, trigger, secret, is_new=True)


@router.get("/triggers/{trigger_id:int}/edit", dependencies=[needs(Role.OPERATOR)])
async def show_edit(request: Request, trigger_id: TriggerPath) -> Response:
    """Show the form of a trigger."""
    parts = services(request)
    stored = await trigger_changes.find_trigger(parts, trigger_id)
    fields = fields_of(document_shown(parts, stored))
    return page(request, "trigger_edit.html", form_view(trigger_id, fields))


@router.post("/triggers/{trigger_id:int}", dependencies=[needs(Role.OPERATOR)])
async def change(
    *, request: Request, trigger_id: TriggerPath, form: Submitted, actor: Caller
) -> Response:
    """Change the trigger; or only try a payload."""
    parts = services(request)
    stored = await trigger_changes.find_trigger(parts, trigger_id)
    try:
        document, fields = _read(parts, form, stored)
        if form.text("intent") == TRY:
            return _tried(request, form, _unsaved(parts, fields, stored))
        await trigger_changes.change(parts, stored, document, actor=actor)
    except InvalidError as error:
        return _again(request, form, trigger_id, error=error)
    return redirect(f"/triggers/{trigger_id}", flash=flash("trigger_changed"))


def form_view(
    trigger_id: TriggerId | None,
    fields: Mapping[str, str],
    *,
    problems: Sequence[tuple[str, str]] = (),
    trial: Trial | None = None,
) -> TriggerFormView:
    """Return what the page shows.

    ``problems`` are places in the document with words; of each field the first is said.
    """
    by_field: dict[str, str] = {}
    for place, words in problems:
        by_field.setdefault(field_of(place), words)
    return TriggerFormView(
        id=trigger_id,
        fields=dict(fields),
        problems=by_field,
        is_policy_wrong=any(name.startswith("settings.") for name in by_field),
        sources=tuple(SOURCES),
        actions=tuple(ActionType),
        payload=fields.get("payload", EXAMPLE),
        trial=trial,
    )


def document_shown(parts: Services, trigger: Trigger) -> dict[str, Any]:
    """Return a trigger's document for its form, with nothing secret."""
    shown = trigger_shown(trigger, public_url=parts.public_url(), role=Role.VIEWER)
    return {name: value for name, value in shown.items() if name not in SHOWN_ONLY}


def _read(
    parts: Services, form: Form, stored: Trigger | None
) -> tuple[dict[str, Any], TriggerFields]:
    before = None if stored is None else document_shown(parts, stored)
    document, unread = document_of(form, before)
    try:
        if stored is None:
            fields = read_new(document, parts.actions).fields
        else:
            fields = read_change(document, stored, parts.actions)
    except InvalidError as error:
        raise InvalidError([*unread, *error.problems]) from None
    if unread:
        raise InvalidError(unread)
    return document, fields


def _unsaved(parts: Services, fields: TriggerFields, stored: Trigger | None) -> Trigger:
    """Return the trigger that the form describes, to be tried and thrown away."""
    now = parts.clock.now()
    described = {name: getattr(fields, name) for name in fields.__dataclass_fields__}
    return Trigger(
        **described,
        id=TriggerId(0) if stored is None else stored.id,
        hook_token=Secret(""),
        created_at=now,
        updated_at=now,
    )


def _tried(request: Request, form: Form, trigger: Trigger) -> Response:
    wanted = read_payload(form.get("payload", ""))
    tried = try_payload(trigger, wanted, now=services(request).clock.now())
    number = None if trigger.id == 0 else trigger.id
    return page(request, "trigger_edit.html", form_view(number, form, trial=tried))


def _again(
    request: Request, form: Form, trigger_id: TriggerId | None, *, error: InvalidError
) -> Response:
    t = translator_of(request)
    problems = [(one.field, said(one, t)) for one in error.problems]
    view = form_view(trigger_id, form, problems=problems)
    return page(request, "trigger_edit.html", view, status=400)
