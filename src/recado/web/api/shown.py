"""How triggers and executions are shown: complete, with nothing secret."""

from dataclasses import asdict
from typing import Any

from recado import wire
from recado.access.roles import Role
from recado.intake.event_types import filter_warnings
from recado.model.category import HINTS
from recado.model.execution import Attempt, Execution
from recado.model.redact import masked_payload
from recado.model.trigger import Trigger, TriggerSettings
from recado.store.bulks import Bulk
from recado.store.executions import DeadLetterGroup


def trigger_shown(trigger: Trigger, *, public_url: str, role: Role) -> dict[str, Any]:
    """Return a trigger as JSON values.

    Of tokens only their presence is told. ``hook_url`` lets in whoever knows it, so
    it is null for a role that may not change triggers.
    """
    may_send = role.rank >= Role.OPERATOR.rank
    hook_url = f"{public_url}/hooks/{trigger.hook_token.reveal()}"
    return {
        "id": trigger.id,
        "name": trigger.name,
        "type": trigger.type,
        "source": trigger.source,
        "event_filter": trigger.event_filter,
        "condition": trigger.condition,
        "warnings": filter_warnings(trigger.source, trigger.event_filter),
        "action_type": trigger.action_type,
        "action_payload": masked_payload(trigger.action_payload),
        "agent": trigger.agent,
        "enabled": trigger.enabled,
        "settings": _settings_shown(trigger.settings),
        "created_at": trigger.created_at,
        "updated_at": trigger.updated_at,
        "old_secret_last_used_at": trigger.old_secret_last_used_at,
        "webhook_url": f"{public_url}/api/triggers/webhook/{trigger.id}",
        "hook_url": hook_url if may_send else None,
    }


def _settings_shown(settings: TriggerSettings) -> dict[str, Any]:
    instance = settings.instance
    return {
        "max_attempts": settings.max_attempts,
        "base_delay": settings.base_delay,
        "max_delay": settings.max_delay,
        "jitter": settings.jitter,
        "timeout": settings.timeout,
        "ordering": settings.ordering,
        "concurrency": settings.concurrency,
        "idempotency_path": settings.idempotency_path,
        "ordering_path": settings.ordering_path,
        "dedupe_days": settings.dedupe_days,
        "body_hash_minutes": settings.body_hash_minutes,
        "instance": None
        if instance is None
        else {"url": instance.url, "has_token": bool(instance.token)},
        "instance_token": True if settings.instance_token else None,
        "verify_token": True if settings.verify_token else None,
        "signature": None if settings.signature is None else asdict(settings.signature),
        "rate_limit": settings.rate_limit,
        "allow_private": settings.allow_private,
    }


def execution_shown(execution: Execution) -> dict[str, Any]:
    """Return an execution as JSON values, without its attempts."""
    category, ended = execution.error_category, execution.completed_at
    document = execution.event_data
    return {
        "id": execution.id,
        "trigger_id": execution.trigger_id,
        "status": execution.status,
        "event_data": None if document is None else wire.decode(document),
        "event_size": execution.event_size,
        "idempotency_key": execution.idempotency_key,
        "ordering_key": execution.ordering_key,
        "attempt_count": execution.attempt_count,
        "next_attempt_at": execution.next_attempt_at,
        "result_summary": execution.result_summary,
        "error": execution.error,
        "error_category": category,
        "error_fingerprint": execution.error_fingerprint,
        "may_have_acted": execution.may_have_acted,
        "hint": None if category is None else HINTS[category],
        "started_at": execution.started_at,
        "completed_at": ended,
        "duration_seconds": None
        if ended is None
        else (ended - execution.started_at).total_seconds(),
        "last_replay_at": execution.last_replay_at,
        "replay_of": execution.replay_of,
        "replayed_by": execution.replayed_by,
    }


def attempt_shown(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as JSON values."""
    return attempt._asdict()


def group_shown(group: DeadLetterGroup) -> dict[str, Any]:
    """Return a group of dead letters as JSON values."""
    hint = None if group.category is None else HINTS[group.category]
    return {**asdict(group), "hint": hint}


def bulk_shown(bulk: Bulk) -> dict[str, Any]:
    """Return how far a bulk is, as JSON values."""
    return {
        "bulk_id": bulk.id,
        "kind": bulk.kind,
        "filter": bulk.filter,
        "state": bulk.state,
        "actor": bulk.actor,
        "total": bulk.total,
        "done": bulk.done,
        "failed": bulk.failed,
        "created_at": bulk.created_at,
        "finished_at": bulk.finished_at,
    }
