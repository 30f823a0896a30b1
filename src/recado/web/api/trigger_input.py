"""What an operator may say of a trigger, checked all together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from recado.errors import InvalidError, Problem
from recado.execution.actions.action import Action
from recado.intake.condition import condition_problems
from recado.intake.filter import validate_filter
from recado.intake.sources.registry import SOURCES
from recado.model.redact import Secret
from recado.model.trigger import ActionType, Trigger, TriggerType
from recado.store.triggers import TriggerFields
from recado.web.api.inputs import Input, validated
from recado.web.api.masked_payload import mask_problems, unmasked
from recado.web.api.problems import several
from recado.web.api.settings_input import SettingsInput, Text, to_settings
from recado.web.api.source_rules import check_secret, source_problems

SHOWN_ONLY = frozenset(
    {
        *("id", "created_at", "updated_at", "webhook_url", "hook_url"),
        *("old_secret_last_used_at", "warnings"),
    }
)
"""What answers hold besides; a change may send it back, and it changes nothing."""


class TriggerInput(Input):
    """Which events run which action.

    ``secret`` is what the sender gave you; left out, Recado makes one.
    """

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
    type: Literal["webhook", "event"] = "webhook"
    source: str
    event_filter: dict[str, Any] = Field(default_factory=dict)
    condition: str | None = None
    settings: Annotated[SettingsInput, Field(validate_default=True)] = Field(
        default_factory=SettingsInput
    )
    action_type: Literal["script", "prompt", "skill", "http", "whatsapp"]
    action_payload: Any
    agent: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    enabled: bool = True
    secret: Text | None = None

    @field_validator("source")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in SOURCES:
            raise ValueError(f"must be one of: {', '.join(sorted(SOURCES))}")
        return value

    @field_validator("event_filter", mode="before")
    @classmethod
    def _is_filter(cls, value: object) -> object:
        wrong = validate_filter(value)
        if wrong:
            raise several([Problem("", message) for message in wrong])
        return value

    @field_validator("condition")
    @classmethod
    def _is_condition(cls, value: str | None) -> str | None:
        wrong = [] if value is None else condition_problems(value)
        if wrong:
            raise several([Problem("", message) for message in wrong])
        return value

    @field_validator("action_payload")
    @classmethod
    def _can_run(cls, value: object, info: ValidationInfo) -> object:
        action_type, context = info.data.get("action_type"), info.context
        if action_type is None or context is None:
            return value
        actions: Mapping[ActionType, Action] = context["actions"]
        wrong = actions[ActionType(action_type)].problems(value)
        if wrong:
            raise several([Problem("", message) for message in wrong])
        return value


class SecretInput(Input):
    """A new secret. ``overlap_hours`` is how long the older ones stay valid."""

    overlap_hours: Annotated[float, Field(ge=0, le=8_760)] = 24.0
    secret: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTrigger:
    """A trigger as an operator wants it. ``secret`` is None to have one made."""

    fields: TriggerFields
    secret: Secret | None


def read_new(
    document: Mapping[str, Any], actions: Mapping[ActionType, Action]
) -> ReadTrigger:
    """Return the trigger that a document describes.

    Raises:
        InvalidError: Fields are wrong; holds all problems at once.
    """
    given = _checked(document, None, actions=actions)
    check_secret(given.source, given.secret)
    secret = None if given.secret is None else Secret(given.secret)
    return ReadTrigger(fields=_fields(given, None), secret=secret)


def read_change(
    document: Mapping[str, Any],
    stored: Trigger,
    actions: Mapping[ActionType, Action],
) -> TriggerFields:
    """Return a trigger that a document replaces; its tokens stay if left out.

    An action that stays is not checked unless the trigger becomes enabled: else one
    whose script is gone could not be switched off.

    Raises:
        InvalidError: Fields are wrong; holds all problems at once.
    """
    kept = {name: value for name, value in document.items() if name not in SHOWN_ONLY}
    if "action_payload" in kept:
        kept["action_payload"] = unmasked(kept["action_payload"], stored.action_payload)
    return _fields(_checked(kept, stored, actions=actions), stored)


def merged(
    shown: Mapping[str, Any], patch: Mapping[str, Any], stored: Trigger
) -> dict[str, Any]:
    """Return a trigger's document with a patch laid over it, also in settings.

    ``shown`` is the document of ``stored``, whose payload stays if it is left out.
    """
    changed = {**shown, "action_payload": stored.action_payload, **patch}
    settings = patch.get("settings")
    if isinstance(settings, dict):
        before = shown["settings"]
        changed["settings"] = {**before, **settings}
        instance = settings.get("instance")
        if isinstance(instance, dict) and before["instance"] is not None:
            changed["settings"]["instance"] = {**before["instance"], **instance}
    return changed


def _checked(
    document: Mapping[str, Any],
    stored: Trigger | None,
    *,
    actions: Mapping[ActionType, Action],
) -> TriggerInput:
    """Return the document as its model, with the rules that cross fields held."""
    problems = _crossing_problems(document, stored)
    context = {"actions": actions} if _must_run(document, stored) else None
    try:
        given = validated(TriggerInput, dict(document), context=context)
    except InvalidError as error:
        raise InvalidError([*error.problems, *problems]) from None
    if problems:
        raise InvalidError(problems)
    return given


def _must_run(document: Mapping[str, Any], stored: Trigger | None) -> bool:
    """Tell whether the action must be one that can run now."""
    if stored is None:
        return True
    is_same = (
        document.get("action_type") == stored.action_type
        and document.get("action_payload") == stored.action_payload
    )
    becomes_enabled = document.get("enabled", True) and not stored.enabled
    return not is_same or bool(becomes_enabled)


def _crossing_problems(
    document: Mapping[str, Any], stored: Trigger | None
) -> list[Problem]:
    payload = document.get("action_payload")
    is_new = stored is None or payload != stored.action_payload
    problems = mask_problems(payload) if is_new else []
    problems += source_problems(document)
    settings = document.get("settings")
    settings = settings if isinstance(settings, dict) else {}
    instance = settings.get("instance")
    if document.get("action_type") == ActionType.WHATSAPP and not instance:
        why = "is required by a whatsapp action, with url and token"
        problems.append(Problem("settings.instance", why))
    if isinstance(instance, dict) and not instance.get("token"):
        problems += _missing_token(instance, stored)
    for name in ("instance_token", "verify_token"):
        if settings.get(name) is True and not _is_stored(name, stored):
            why = "is true, which keeps the stored one, but none is stored"
            problems.append(Problem(f"settings.{name}", why))
    if stored is not None and document.get("secret") is not None:
        why = "is changed by an admin with POST …/regenerate-secret"
        problems.append(Problem("secret", why))
    return problems


def _missing_token(
    instance: Mapping[str, Any], stored: Trigger | None
) -> list[Problem]:
    before = None if stored is None else stored.settings.instance
    if before is not None and before.url == instance.get("url"):
        return []
    why = "is required"
    if before is not None:
        # else whoever may edit could have the token sent to a server of their own
        why = "is required when url changes"
    return [Problem("settings.instance.token", why)]


def _is_stored(name: str, stored: Trigger | None) -> bool:
    return stored is not None and bool(getattr(stored.settings, name))


def _fields(given: TriggerInput, stored: Trigger | None) -> TriggerFields:
    return TriggerFields(
        name=given.name.strip(),
        type=TriggerType(given.type),
        source=given.source,
        event_filter=given.event_filter,
        condition=given.condition,
        action_type=ActionType(given.action_type),
        action_payload=given.action_payload,
        agent=given.agent,
        enabled=given.enabled,
        settings=to_settings(
            given.settings,
            default_ordering=SOURCES[given.source].default_ordering,
            before=None if stored is None else stored.settings,
        ),
    )
