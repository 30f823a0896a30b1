"""``/executions/{id}/replay``: what a replay would do, before it does it."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.errors import NotReplayableError, Problem, RateLimitedError
from recado.execution.preview import Preview, deciding, last_try_at, preview
from recado.model.execution import Execution
from recado.model.status import DEAD_LETTERS
from recado.model.trigger import Trigger
from recado.store import audit, circuits, executions
from recado.store.audit import Change
from recado.web.api.inputs import ExecutionPath
from recado.web.api.replays import discard_one, replay_one
from recado.web.dashboard.forms import Submitted
from recado.web.dashboard.locales import Translator
from recado.web.dashboard.pages.execution import ExecutionView, execution_view
from recado.web.dashboard.problem_words import said
from recado.web.dashboard.render import Flash, flash, page, redirect, translator_of
from recado.web.dashboard.rows import execution_row
from recado.web.guard import Caller, needs
from recado.web.services import Services, services

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A change of the trigger since the last try. ``fields`` decide what it does."""

    at: datetime
    actor: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayView:
    """What would happen. ``obstacles`` are keys of words: why it would not run now.

    ``preview`` is None without a trigger or an event. ``last_try_at`` is when it was
    done last; ``differences`` are since then.
    """

    execution: ExecutionView
    can_replay: bool
    preview: Preview | None
    problems: tuple[str, ...]
    obstacles: tuple[str, ...]
    last_try_at: datetime
    differences: tuple[Difference, ...]
    now: datetime


@router.get(
    "/executions/{execution_id:int}/replay", dependencies=[needs(Role.OPERATOR)]
)
async def show(
    request: Request, execution_id: ExecutionPath, actor: Caller
) -> Response:
    """Show the preview, and write down who looked at what is in the event."""
    parts = services(request)
    found = await parts.store.read(executions.get, execution_id)
    await parts.payload_views.note(actor, f"execution:{execution_id}")
    view = await replay_view(parts, found, translator_of(request))
    return page(request, "replay.html", view)


@router.post(
    "/executions/{execution_id:int}/replays", dependencies=[needs(Role.OPERATOR)]
)
async def add_replay(
    *, request: Request, execution_id: ExecutionPath, actor: Caller, form: Submitted
) -> Response:
    """Replay, and lead to the new execution."""
    del form
    here = f"/executions/{execution_id}"
    try:
        new_id = await replay_one(services(request), execution_id, actor=actor)
    except RateLimitedError as error:
        left = error.retry_after_seconds
        return redirect(here, flash=flash("too_soon", kind="failed", seconds=left))
    except NotReplayableError as error:
        return redirect(here, flash=_not_replayable(request, error))
    told = flash("replayed", id=execution_id)
    return redirect(f"/executions/{new_id}", flash=told)


@router.post(
    "/executions/{execution_id:int}/discards", dependencies=[needs(Role.OPERATOR)]
)
async def add_discard(
    *, request: Request, execution_id: ExecutionPath, actor: Caller, form: Submitted
) -> Response:
    """Resolve a dead letter without running it."""
    del form
    here = f"/executions/{execution_id}"
    try:
        await discard_one(services(request), execution_id, actor=actor)
    except NotReplayableError as error:
        return redirect(here, flash=_not_replayable(request, error))
    return redirect(here, flash=flash("discarded"))


def _not_replayable(request: Request, error: NotReplayableError) -> Flash:
    status = translator_of(request)(f"status.{error.current_status}")
    return flash("not_replayable", kind="failed", status=status)


async def replay_view(
    parts: Services, execution: Execution, t: Translator
) -> ReplayView:
    """Return what the page shows."""
    now = parts.clock.now()
    trigger = parts.triggers.find(execution.trigger_id)
    tried_at = last_try_at(execution.attempts, accepted_at=execution.started_at)
    row = execution_row(execution, parts.triggers)
    document = execution.event_data
    return ReplayView(
        execution=execution_view(execution, row, now=now),
        can_replay=execution.status in DEAD_LETTERS,
        preview=preview(trigger, document) if trigger and document else None,
        problems=tuple(said(Problem("", one), t) for one in _problems(parts, trigger)),
        obstacles=tuple(await _obstacles(parts, trigger)),
        last_try_at=tried_at,
        differences=await _differences(parts, trigger, since=tried_at),
        now=now,
    )


def _problems(parts: Services, trigger: Trigger | None) -> list[str]:
    if trigger is None:
        return []
    return parts.actions[trigger.action_type].problems(trigger.action_payload)


async def _obstacles(parts: Services, trigger: Trigger | None) -> list[str]:
    """Return why it would wait, or fail at once."""
    if trigger is None:
        return ["deleted"]
    found = [] if trigger.enabled else ["paused"]
    destination = parts.actions[trigger.action_type].destination(trigger)
    if destination in await parts.store.read(circuits.every):
        found.append("circuit_open")
    return found


async def _differences(
    parts: Services, trigger: Trigger | None, *, since: datetime
) -> tuple[Difference, ...]:
    if trigger is None or trigger.updated_at <= since:
        return ()
    changes: list[Change] = await parts.store.read(
        audit.changes_of, f"trigger:{trigger.id}", since=since
    )
    found = [
        Difference(at=one.at, actor=one.actor, fields=tuple(deciding(one.fields)))
        for one in changes
    ]
    return tuple(one for one in found if one.fields)
