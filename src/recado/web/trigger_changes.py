"""What operators do to triggers, from the API and the pages: stored, audited, known."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from recado.intake.sources.registry import SOURCES
from recado.model.ids import TriggerId
from recado.model.redact import Secret
from recado.model.trigger import Trigger
from recado.observe.signals import Name
from recado.store import audit, held, triggers
from recado.store.audit import Actor
from recado.store.protocol import Topic
from recado.store.triggers import TriggerFields
from recado.web.api.source_rules import check_secret
from recado.web.api.trigger_input import SecretInput, read_change, read_new
from recado.web.services import Services

SECRET_BYTES = 32
HOOK_TOKEN_BYTES = 16


async def find_trigger(parts: Services, trigger_id: TriggerId) -> Trigger:
    """Return a trigger as it is stored now.

    Raises:
        NotFoundError: There is no such trigger.
    """
    return await parts.store.read(
        triggers.get, trigger_id, cipher=parts.cipher, now=parts.clock.now()
    )


async def create(
    parts: Services, document: Mapping[str, Any], *, actor: Actor
) -> tuple[Trigger, Secret]:
    """Make the trigger that a document describes; returns its secret too, this once.

    Raises:
        InvalidError: Fields are wrong; holds all problems at once.
    """
    wanted = read_new(document, parts.actions)
    secret = wanted.secret or _make_secret(parts, wanted.fields.source)
    trigger = await parts.store.write(
        audit.recorded,
        partial(
            triggers.create,
            fields=wanted.fields,
            secret=secret,
            hook_token=Secret(parts.draw(HOOK_TOKEN_BYTES).hex()),
            cipher=parts.cipher,
            now=parts.clock.now(),
        ),
        actor=actor,
        action="trigger.create",
        target=_target,
        now=parts.clock.now(),
        name=wanted.fields.name,
    )
    await _after_change(parts, trigger.id, actor, action="create")
    return trigger, secret


async def change(
    parts: Services, stored: Trigger, document: Mapping[str, Any], *, actor: Actor
) -> Trigger:
    """Replace a trigger by what a document describes; its tokens stay if left out.

    Raises:
        InvalidError: Fields are wrong; holds all problems at once.
        NotFoundError: It was deleted meanwhile.
    """
    fields = read_change(document, stored, parts.actions)
    now, changed = parts.clock.now(), _changed_names(stored, fields)
    trigger = await parts.store.write(
        audit.recorded,
        partial(
            triggers.change,
            trigger_id=stored.id,
            fields=fields,
            cipher=parts.cipher,
            now=now,
        ),
        actor=actor,
        action="trigger.change",
        target=_target,
        now=now,
        changed=changed,
    )
    action = _switched(trigger) if changed == ["enabled"] else "change"
    await _after_change(parts, trigger.id, actor, action=action, changed=changed)
    if trigger.enabled and not stored.enabled:
        await _release_late(parts, trigger.id)
    return trigger


async def delete(parts: Services, trigger_id: TriggerId, *, actor: Actor) -> None:
    """Take a trigger out of use; its executions can still be read.

    Raises:
        NotFoundError: There is no such trigger.
    """
    now = parts.clock.now()
    await parts.store.write(
        audit.recorded,
        partial(triggers.delete, trigger_id=trigger_id, now=now),
        actor=actor,
        action="trigger.delete",
        target=lambda _: f"trigger:{trigger_id}",
        now=now,
    )
    await _after_change(parts, trigger_id, actor, action="delete")
    await _release_late(parts, trigger_id)


async def rotate_secret(
    parts: Services, trigger_id: TriggerId, wanted: SecretInput, *, actor: Actor
) -> tuple[Trigger, Secret]:
    """Give a trigger a new secret, returned this once; old ones end after the overlap.

    Raises:
        NotFoundError: There is no such trigger.
        InvalidError: Its source cannot use this secret.
    """
    source = (await find_trigger(parts, trigger_id)).source
    check_secret(source, wanted.secret)
    given = wanted.secret
    secret = Secret(given) if given else _make_secret(parts, source)
    trigger = await parts.store.write(
        audit.recorded,
        partial(
            triggers.rotate_secret,
            trigger_id=trigger_id,
            secret=secret,
            overlap=timedelta(hours=wanted.overlap_hours),
            cipher=parts.cipher,
            now=parts.clock.now(),
        ),
        actor=actor,
        action="trigger.regenerate_secret",
        target=_target,
        now=parts.clock.now(),
        overlap_hours=wanted.overlap_hours,
    )
    await _after_change(parts, trigger.id, actor, action="regenerate_secret")
    return trigger, secret


async def _release_late(parts: Services, trigger_id: TriggerId) -> None:
    """Release what was held again between the change and its being known here."""
    await parts.store.release_held(held_for=held.of_trigger(trigger_id))
    parts.wake()


async def _after_change(
    parts: Services, trigger_id: TriggerId, actor: Actor, *, action: str, **facts: Any
) -> None:
    await parts.triggers.load()
    parts.store.tell(Topic.TRIGGERS)
    told = {"trigger_id": trigger_id, "action": action, "actor": actor.name, **facts}
    parts.signals.emit(Name.TRIGGER_CHANGED, **told)


def _switched(trigger: Trigger) -> str:
    return "enable" if trigger.enabled else "disable"


def _changed_names(stored: Trigger, fields: TriggerFields) -> list[str]:
    """Return which fields differ. Names only: values may be secret."""
    return [
        name
        for name in TriggerFields.__dataclass_fields__
        if getattr(stored, name) != getattr(fields, name)
    ]


def _make_secret(parts: Services, source: str) -> Secret:
    return SOURCES[source].make_secret(parts.draw(SECRET_BYTES))


def _target(trigger: Trigger) -> str:
    return f"trigger:{trigger.id}"
