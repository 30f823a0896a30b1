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


class Encoding(StrEnum):
    """How bytes are written as text in a header."""

    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureSettings:
    """How a ``custom`` sender signs. ``tolerance`` is seconds.

    ``content`` is what is signed: a text with ``{body}`` once and, where a header
    holds the time, ``{timestamp}``. Without ``header`` the usual names are looked for.
    """

    header: str | None = None
    algorithm: str = "sha256"
    encoding: Encoding = Encoding.HEX
    prefix: str = ""
    content: str = "{body}"
    timestamp_header: str | None = None
    tolerance: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSettings:
    """Where an Evolution Go instance is, and the key that may send as it."""

    url: str
    token: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerSettings:
    """A trigger's policy. ``base_delay``, ``max_delay`` and ``timeout`` are seconds.

    ``body_hash_minutes`` is for how long equal bodies without any key are one event;
    None means that they never are. ``rate_limit`` is deliveries per minute; None takes
    all.
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
    verify_token: Secret | None = None
    signature: SignatureSettings | None = None
    rate_limit: int | None = None
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Source, filter, action and policy, with the secrets that open it.

    ``secrets`` are the ones valid now, newest first; ``hook_token`` is the
    unguessable part of its delivery URL. ``old_secret_last_used_at`` is when one of
    the older secrets last let a delivery in, None when that was never.
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
    old_secret_last_used_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
