"""``/executions/{id}``: what happened to one event, why, and what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recado.access.roles import Role
from recado.execution.preview import may_have_acted
from recado.model.category import Category
from recado.model.execution import Attempt, Execution
from recado.model.ids import ExecutionId
from recado.model.status import UNFINISHED
from recado.store import executions, held
from recado.store.replays import BETWEEN_REPLAYS
from recado.web.api.inputs import ExecutionPath
from recado.web.dashboard.render import page
from recado.web.dashboard.rows import ExecutionRow, execution_row
from recado.web.guard import needs
from recado.web.services import services

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One try. ``waited`` is the time since the one before, or since acceptance."""

    number: int
    started_at: datetime
    waited: timedelta
    took: timedelta
    outcome: str
    category: Category | None
    error: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionView:
    """One execution. ``held_for`` is what it waits for, without marks of secrets.

    ``is_paused`` tells that this is its own trigger, to be enabled again.
    ``event_size`` is bytes, None when the event was deleted. ``too_soon`` is how long
    another replay is refused; None when it is not.
    """

    row: ExecutionRow
    error: str
    attempts: tuple[AttemptRow, ...]
    is_unfinished: bool
    next_attempt_at: datetime | None
    held_for: str
    is_paused: bool
    completed_at: datetime | None
    idempotency_key: str
    ordering_key: str
    group: str
    may_have_acted: bool
    event_size: int | None
    replay_of: ExecutionId | None
    replayed_by: ExecutionId | None
    last_replay_at: datetime | None
    too_soon: timedelta | None


@router.get("/executions/{execution_id:int}", dependencies=[needs(Role.VIEWER)])
async def show(request: Request, execution_id: ExecutionPath) -> Response:
    """Show one execution, without its event: looking at that is written down."""
    parts = services(request)
    found = await parts.store.read(executions.get, execution_id)
    view = execution_view(
        found, execution_row(found, parts.triggers), now=parts.clock.now()
    )
    return page(request, "execution.html", view)


def execution_view(
    execution: Execution, row: ExecutionRow, *, now: datetime
) -> ExecutionView:
    """Return what the page shows."""
    return ExecutionView(
        row=row,
        error=execution.error or "",
        attempts=attempt_rows(execution.attempts, accepted_at=execution.started_at),
        is_unfinished=execution.status in UNFINISHED,
        next_attempt_at=execution.next_attempt_at,
        held_for=(execution.held_for or "").partition("#")[0],
        is_paused=execution.held_for == held.of_trigger(execution.trigger_id),
        completed_at=execution.completed_at,
        idempotency_key=execution.idempotency_key or "",
        ordering_key=execution.ordering_key or "",
        group=execution.error_fingerprint or "",
        may_have_acted=may_have_acted(
            is_marked=execution.may_have_acted, attempts=execution.attempts
        ),
        event_size=execution.event_size,
        replay_of=execution.replay_of,
        replayed_by=execution.replayed_by,
        last_replay_at=execution.last_replay_at,
        too_soon=too_soon(execution.last_replay_at, now=now),
    )


def attempt_rows(
    attempts: tuple[Attempt, ...], *, accepted_at: datetime
) -> tuple[AttemptRow, ...]:
    """Return the timeline: each attempt with how long it was waited for."""
    ends = [accepted_at, *(one.finished_at for one in attempts)]
    return tuple(
        AttemptRow(
            number=one.number,
            started_at=one.started_at,
            waited=max(one.started_at - before, timedelta(0)),
            took=one.finished_at - one.started_at,
            outcome=one.outcome,
            category=one.error_category,
            error=one.error or "",
            output=one.output or "",
        )
        for one, before in zip(attempts, ends, strict=False)
    )


def too_soon(last_replay_at: datetime | None, *, now: datetime) -> timedelta | None:
    """Return how long another replay is refused; None when it is not."""
    if last_replay_at is None:
        return None
    left = last_replay_at + BETWEEN_REPLAYS - now
    return left if left > timedelta(0) else None
