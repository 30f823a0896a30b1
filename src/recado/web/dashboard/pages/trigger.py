"""``/triggers/{id}``: one trigger, how its sender is pointed at it, and its doings."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado import wire
from recado.access.roles import Role
from recado.model.ids import TriggerId
from recado.model.redact import masked_payload
from recado.model.trigger import ActionType, Trigger
from recado.store import counters, executions, rejections
from recado.store.matching import ExecutionFilter
from recado.store.rejections import Rejection
from recado.web import trigger_changes
from recado.web.api.inputs import TriggerPath
from recado.web.api.rejections import retry_rejected
from recado.web.api.stats import DAY
from recado.web.api.trigger_input import merged
from recado.web.dashboard.forms import Submitted
from recado.web.dashboard.pages.trigger_edit import document_shown
from recado.web.dashboard.pages.trigger_secret import SenderLines, sender_lines
from recado.web.dashboard.render import flash, page, redirect
from recado.web.dashboard.rows import ExecutionRow, execution_rows
from recado.web.guard import Caller, CallingPerson, needs
from recado.web.services import Services, services

NEWEST = 10

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerView:
    """One trigger. ``sender`` is None for those who may not change it.

    ``payload`` and ``event_filter`` are texts for people, with secrets masked.
    ``deliveries`` counts what became of those of the last day.
    """

    id: TriggerId
    name: str
    source: str
    action_type: ActionType
    enabled: bool
    payload: str
    event_filter: str
    condition: str
    facts: dict[str, str]
    secrets: int
    old_secret_last_used_at: datetime | None
    updated_at: datetime
    sender: SenderLines | None
    executions: tuple[ExecutionRow, ...]
    deliveries: dict[str, int]
    rejections: tuple[Rejection, ...]
    has_quarantine: bool


@router.get("/triggers/{trigger_id:int}", dependencies=[needs(Role.VIEWER)])
async def show(
    request: Request, trigger_id: TriggerPath, person: CallingPerson
) -> Response:
    """Show one trigger."""
    parts = services(request)
    trigger = await trigger_changes.find_trigger(parts, trigger_id)
    may_change = person.may(Role.OPERATOR)
    view = await trigger_view(parts, trigger, may_change=may_change)
    return page(request, "trigger.html", view)


@router.post("/triggers/{trigger_id:int}/enabled", dependencies=[needs(Role.OPERATOR)])
async def switch(
    *, request: Request, trigger_id: TriggerPath, form: Submitted, actor: Caller
) -> Response:
    """Enable the trigger, or pause it."""
    parts = services(request)
    stored = await trigger_changes.find_trigger(parts, trigger_id)
    wanted = form.text("enabled") == "yes"
    document = merged(document_shown(parts, stored), {"enabled": wanted}, stored)
    await trigger_changes.change(parts, stored, document, actor=actor)
    told = flash("trigger_enabled") if wanted else flash("trigger_paused")
    return redirect(f"/triggers/{trigger_id}", flash=told)


@router.post("/triggers/{trigger_id:int}/deletions", dependencies=[needs(Role.ADMIN)])
async def delete(
    *, request: Request, trigger_id: TriggerPath, form: Submitted, actor: Caller
) -> Response:
    """Take the trigger out of use."""
    del form
    await trigger_changes.delete(services(request), trigger_id, actor=actor)
    return redirect("/triggers", flash=flash("trigger_deleted"))


@router.post(
    "/triggers/{trigger_id:int}/quarantine/retries", dependencies=[needs(Role.OPERATOR)]
)
async def verify_again(
    *, request: Request, trigger_id: TriggerPath, form: Submitted, actor: Caller
) -> Response:
    """Verify what is in quarantine again; what passes now is accepted."""
    del form
    retried = await retry_rejected(services(request), trigger_id, actor=actor)
    told = flash(
        "verified_again",
        accepted=retried.accepted,
        settled=retried.duplicates + retried.filtered,
        rejected=retried.still_rejected,
    )
    return redirect(f"/triggers/{trigger_id}", flash=told)


async def trigger_view(
    parts: Services, trigger: Trigger, *, may_change: bool
) -> TriggerView:
    """Return what the page shows."""
    newest = await parts.store.read(
        executions.page, ExecutionFilter(trigger_id=trigger.id), limit=NEWEST
    )
    rejected = await parts.store.read(rejections.newest, trigger.id, limit=NEWEST)
    kept = await parts.store.read(
        rejections.newest, trigger.id, limit=1, only_quarantined=True
    )
    return TriggerView(
        id=trigger.id,
        name=trigger.name,
        source=trigger.source,
        action_type=trigger.action_type,
        enabled=trigger.enabled,
        payload=_payload_shown(trigger),
        event_filter=_json(trigger.event_filter) if trigger.event_filter else "",
        condition=trigger.condition or "",
        facts=_facts(trigger),
        secrets=len(trigger.secrets),
        old_secret_last_used_at=trigger.old_secret_last_used_at,
        updated_at=trigger.updated_at,
        sender=sender_lines(parts, trigger) if may_change else None,
        executions=execution_rows(newest, parts.triggers),
        deliveries=await parts.store.read(
            counters.of_trigger_since, trigger.id, since=parts.clock.now() - DAY
        ),
        rejections=tuple(rejected),
        has_quarantine=bool(kept),
    )


def _facts(trigger: Trigger) -> dict[str, str]:
    """Return the policy, by the names it has in the API."""
    settings = trigger.settings
    instance = settings.instance
    facts = {
        "agent": trigger.agent,
        "settings.instance.url": instance and masked_payload(instance.url),
        "settings.max_attempts": settings.max_attempts,
        "settings.timeout": f"{settings.timeout:g} s",
        "settings.ordering": settings.ordering,
        "settings.dedupe_days": f"{settings.dedupe_days:g}",
        "settings.concurrency": settings.concurrency,
        "settings.rate_limit": settings.rate_limit,
    }
    return {name: str(value) for name, value in facts.items() if value is not None}


def _payload_shown(trigger: Trigger) -> str:
    shown = masked_payload(trigger.action_payload)
    return shown if isinstance(shown, str) else _json(shown)


def _json(value: object) -> str:
    return wire.encode_pretty(value).decode()
