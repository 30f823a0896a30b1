"""Executions and groups of dead letters as lists show them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from recado.execution.classify import normalised
from recado.model.category import Category
from recado.model.execution import Execution
from recado.model.ids import ExecutionId, TriggerId
from recado.model.status import DEAD_LETTERS, Status
from recado.model.trigger import Trigger
from recado.store.executions import DeadLetterGroup
from recado.store.known_triggers import KnownTriggers
from recado.web.api.execution_filter import NO_FINGERPRINT

_USER = "@s.whatsapp.net"
_SHOWN_OF_CAUSE = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerName:
    """A trigger as others mention it. ``name`` is "" when it was deleted."""

    id: TriggerId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRow:
    """One execution in a list. ``chat`` is whom it is about, "" when nobody."""

    id: ExecutionId
    status: Status
    trigger: TriggerName
    chat: str
    category: Category | None
    summary: str
    may_have_acted: bool
    accepted_at: datetime
    took: timedelta | None
    attempts: int
    is_dead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """Dead letters with one cause. ``cause`` is what their errors have in common."""

    name: str
    cause: str
    category: Category | None
    count: int
    may_have_acted: int
    first_at: datetime
    last_at: datetime
    triggers: tuple[TriggerName, ...]
    newest_id: ExecutionId


def execution_row(execution: Execution, known: KnownTriggers) -> ExecutionRow:
    """Return an execution as lists show it."""
    ended = execution.completed_at
    return ExecutionRow(
        id=execution.id,
        status=execution.status,
        trigger=trigger_name(execution.trigger_id, known),
        chat=chat_in(execution.ordering_key),
        category=execution.error_category,
        summary=execution.error or execution.result_summary or "",
        may_have_acted=execution.may_have_acted,
        accepted_at=execution.started_at,
        took=None if ended is None else ended - execution.started_at,
        attempts=execution.attempt_count,
        is_dead=execution.status in DEAD_LETTERS,
    )


def execution_rows(
    executions: Sequence[Execution], known: KnownTriggers
) -> tuple[ExecutionRow, ...]:
    """Return a page of executions as lists show them."""
    return tuple(execution_row(one, known) for one in executions)


def group_row(group: DeadLetterGroup, known: KnownTriggers) -> GroupRow:
    """Return a group of dead letters as lists show it."""
    return GroupRow(
        name=group.fingerprint or NO_FINGERPRINT,
        cause=cause_of(group.error),
        category=group.category,
        count=group.count,
        may_have_acted=group.may_have_acted,
        first_at=group.first_at,
        last_at=group.last_at,
        triggers=tuple(trigger_name(one, known) for one in group.trigger_ids),
        newest_id=group.newest_id,
    )


def cause_of(error: str | None) -> str:
    """Return what errors of one group have in common, short enough for a heading."""
    text = normalised(error or "")
    for placeholder, shown in (
        ("<n>", "…"),
        ("<id>", "…"),
        ("<time>", "…"),
        ("<text>", "“…”"),
    ):
        text = text.replace(placeholder, shown)
    return text if len(text) <= _SHOWN_OF_CAUSE else text[:_SHOWN_OF_CAUSE] + "…"


def trigger_name(trigger_id: TriggerId, known: KnownTriggers) -> TriggerName:
    """Return a trigger as others mention it."""
    found: Trigger | None = known.find(trigger_id)
    return TriggerName(id=trigger_id, name=found.name if found else "")


def chat_in(ordering_key: str | None) -> str:
    """Return the chat of an ordering key of WhatsApp: a number, or a JID."""
    _, separator, chat = (ordering_key or "").rpartition("|")
    if not separator:
        return ""
    number = chat.removesuffix(_USER)
    return f"+{number}" if number.isdecimal() and chat != number else number
