"""Which events run which action."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from recado.model.ids import TriggerId
from recado.model.redact import Secret


class TriggerType(StrEnum):
    """How events reach the trigger."""

    WEBHOOK = "webhook"
    EVENT = "event"


class ActionType(StrEnum):
    """What a trigger runs."""

    SCRIPT = "script"
    PROMPT = "prompt"
    SKILL = "skill"
    HTTP = "http"
    WHATSAPP = "whatsapp"


PROCESS_ACTIONS = frozenset({ActionType.SCRIPT, ActionType.PROMPT, ActionType.SKILL})
"""The actions that start a program on this machine."""


class Ordering(StrEnum):
    """Whether executions with the same ordering key wait for each other."""

    KEY = "key"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSettings:
    """Where an Evolution Go instance is, and the key that may send as it."""

    url: str
    token: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerSettings:
    """A trigger's policy. ``base_delay``, ``max_delay`` and ``timeout`` are seconds.

    ``body_hash_minutes`` is for how long equal bodies without any key are one event;
    None means that they never are.
    """

    max_attempts: int = 6
    base_delay: float = 5.0
    max_delay: float = 900.0
    jitter: float = 0.5
    timeout: float = 600.0
    ordering: Ordering = Ordering.NONE
    concurrency: int | None = None
    idempotency_path: str | None = None
    ordering_path: str | None = None
    dedupe_days: float = 7.0
    body_hash_minutes: float | None = None
    instance: InstanceSettings | None = None
    instance_token: Secret | None = None
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Source, filter, action and policy, with the secrets that open it.

    ``secrets`` are the ones valid now, newest first; ``hook_token`` is the
    unguessable part of its delivery URL.
    """

    id: TriggerId
    name: str
    type: TriggerType = TriggerType.WEBHOOK
    source: str
    event_filter: dict[str, Any] = field(default_factory=dict)
    condition: str | None = None
    action_type: ActionType
    action_payload: Any
    agent: str | None = None
    enabled: bool = True
    secrets: tuple[Secret, ...] = ()
    hook_token: Secret
    settings: TriggerSettings = field(default_factory=TriggerSettings)
    created_at: datetime
    updated_at: datetime
