"""A trigger's secret, shown once: after it was made, and after a rotation."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.errors import InvalidError, Problem
from recado.intake.deliver_to import command_for
from recado.model.ids import TriggerId
from recado.model.redact import Secret
from recado.model.trigger import Trigger
from recado.web import trigger_changes
from recado.web.api.inputs import TriggerPath, validated
from recado.web.api.trigger_input import SecretInput
from recado.web.dashboard.forms import Form, Submitted
from recado.web.dashboard.locales import Translator
from recado.web.dashboard.problem_words import said
from recado.web.dashboard.render import Flash, flash, page, redirect, translator_of
from recado.web.guard import Caller, needs
from recado.web.services import Services, services

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderLines:
    """How a sender is pointed at a trigger. ``command`` is None where there is none."""

    source: str
    hook_url: str
    webhook_url: str
    command: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretView:
    """The secret, in the only page that shows it."""

    id: TriggerId
    name: str
    secret: str
    is_new: bool
    sender: SenderLines


@router.post("/triggers/{trigger_id:int}/secrets", dependencies=[needs(Role.ADMIN)])
async def rotate(
    *, request: Request, trigger_id: TriggerPath, form: Submitted, actor: Caller
) -> Response:
    """Give the trigger a new secret, and show it."""
    parts = services(request)
    try:
        wanted = validated(SecretInput, _document(form))
        trigger, secret = await trigger_changes.rotate_secret(
            parts, trigger_id, wanted, actor=actor
        )
    except InvalidError as error:
        told = _refusal(translator_of(request), error.problems[0])
        return redirect(f"/triggers/{trigger_id}", flash=told)
    return shown_once(request, trigger, secret, is_new=False)


def shown_once(
    request: Request, trigger: Trigger, secret: Secret, *, is_new: bool
) -> Response:
    """Return the page with the secret.

    It is the answer to the form itself: after a redirect the secret would have to be
    kept somewhere in between.
    """
    view = SecretView(
        id=trigger.id,
        name=trigger.name,
        secret=secret.reveal(),
        is_new=is_new,
        sender=sender_lines(services(request), trigger),
    )
    return page(request, "trigger_secret.html", view, status=201)


def sender_lines(parts: Services, trigger: Trigger) -> SenderLines:
    """Return how the trigger's sender is pointed at it; for those who may change it."""
    base = parts.public_url()
    hook_url = f"{base}/hooks/{trigger.hook_token.reveal()}"
    return SenderLines(
        source=trigger.source,
        hook_url=hook_url,
        webhook_url=f"{base}/api/triggers/webhook/{trigger.id}",
        command=command_for(trigger.source, hook_url),
    )


def _refusal(t: Translator, problem: Problem) -> Flash:
    is_overlap = problem.field == "overlap_hours"
    field = t("rotate.overlap") if is_overlap else t("rotate.own")
    return flash("secret_refused", kind="failed", field=field, why=said(problem, t))


def _document(form: Form) -> dict[str, object]:
    hours = form.text("overlap_hours")
    document: dict[str, object] = {"secret": form.text("secret") or None}
    try:
        document["overlap_hours"] = float(hours.replace(",", ".") or 24)
    except ValueError:
        document["overlap_hours"] = hours
    return document
