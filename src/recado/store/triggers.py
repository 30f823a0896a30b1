"""Triggers and their secrets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from recado.errors import NotFoundError
from recado.model.ids import TriggerId
from recado.model.redact import Secret
from recado.model.trigger import (
    ActionType,
    Trigger,
    TriggerSettings,
    TriggerType,
)
from recado.store import held, quarantine
from recado.store.cipher import Cipher
from recado.store.tables import trigger_secrets, triggers
from recado.store.trigger_json import (
    payload_from_json,
    payload_to_json,
    settings_from_json,
    settings_to_json,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerFields:
    """What an operator decides about a trigger."""

    name: str
    type: TriggerType
    source: str
    event_filter: dict[str, Any]
    condition: str | None
    action_type: ActionType
    action_payload: Any
    agent: str | None
    enabled: bool
    settings: TriggerSettings


def create(
    conn: Connection,
    fields: TriggerFields,
    *,
    secret: Secret,
    hook_token: Secret,
    cipher: Cipher,
    now: datetime,
) -> Trigger:
    """Store a new trigger with its first secret."""
    result = conn.execute(
        triggers.insert().values(
            **_values(fields, cipher),
            hook_token=cipher.encrypt(hook_token),
            created_at=now,
            updated_at=now,
        )
    )
    key = result.inserted_primary_key
    if key is None:
        raise TypeError("the database gave no id")
    _add_secret(conn, key[0], secret, cipher=cipher, now=now)
    return get(conn, key[0], cipher=cipher, now=now)


def change(
    conn: Connection,
    trigger_id: TriggerId,
    fields: TriggerFields,
    *,
    cipher: Cipher,
    now: datetime,
) -> Trigger:
    """Replace what an operator decides; secrets and tokens stay.

    What was held for it is released if it is enabled now.

    Raises:
        NotFoundError: There is no such trigger.
    """
    get(conn, trigger_id, cipher=cipher, now=now)
    conn.execute(
        triggers.update()
        .where(triggers.c.id == trigger_id)
        .values(**_values(fields, cipher), updated_at=now)
    )
    if fields.enabled:
        held.release_of_trigger(conn, trigger_id, now=now)
    return get(conn, trigger_id, cipher=cipher, now=now)


def delete(conn: Connection, trigger_id: TriggerId, *, now: datetime) -> None:
    """Take a trigger out of use; its executions stay to be read.

    What was held for it is released: it becomes dead letters, and waits no longer. Its
    quarantine is emptied.

    Raises:
        NotFoundError: There is no such trigger.
    """
    gone = conn.execute(
        triggers.update()
        .where(triggers.c.id == trigger_id, triggers.c.deleted_at.is_(None))
        .values(deleted_at=now, enabled=False)
    )
    if gone.rowcount == 0:
        raise NotFoundError(f"there is no trigger {trigger_id}")
    held.release_of_trigger(conn, trigger_id, now=now)
    quarantine.forget_trigger(conn, trigger_id)


def rotate_secret(
    conn: Connection,
    trigger_id: TriggerId,
    secret: Secret,
    *,
    overlap: timedelta,
    cipher: Cipher,
    now: datetime,
) -> Trigger:
    """Give a trigger a new secret; the older ones stay valid for ``overlap``.

    When an older one was last used is forgotten: another one is the older one now.

    Raises:
        NotFoundError: There is no such trigger.
    """
    get(conn, trigger_id, cipher=cipher, now=now)
    ends = now + overlap
    conn.execute(
        trigger_secrets.update()
        .where(
            trigger_secrets.c.trigger_id == trigger_id,
            or_(
                trigger_secrets.c.expires_at.is_(None),
                trigger_secrets.c.expires_at > ends,
            ),
        )
        .values(expires_at=ends)
    )
    _set_old_secret_used(conn, trigger_id, None)
    _add_secret(conn, trigger_id, secret, cipher=cipher, now=now)
    return get(conn, trigger_id, cipher=cipher, now=now)


def note_old_secret(conn: Connection, trigger_id: TriggerId, *, at: datetime) -> None:
    """Write down when one of a trigger's older secrets last let a delivery in."""
    _set_old_secret_used(conn, trigger_id, at)


def _set_old_secret_used(
    conn: Connection, trigger_id: TriggerId, at: datetime | None
) -> None:
    conn.execute(
        triggers.update()
        .where(triggers.c.id == trigger_id)
        .values(old_secret_last_used_at=at)
    )


def get(
    conn: Connection, trigger_id: TriggerId, *, cipher: Cipher, now: datetime
) -> Trigger:
    """Return one trigger.

    Raises:
        NotFoundError: There is no such trigger.
    """
    row = conn.execute(_alive().where(triggers.c.id == trigger_id)).first()
    if row is None:
        raise NotFoundError(f"there is no trigger {trigger_id}")
    return _trigger(conn, row, cipher=cipher, now=now)


def every(conn: Connection, *, cipher: Cipher, now: datetime) -> list[Trigger]:
    """Return all triggers, oldest first."""
    rows = conn.execute(_alive().order_by(triggers.c.id)).all()
    return [_trigger(conn, row, cipher=cipher, now=now) for row in rows]


def page(
    conn: Connection, *, number: int, size: int, cipher: Cipher, now: datetime
) -> tuple[list[Trigger], int]:
    """Return one page (from 1), newest first, and how many triggers there are."""
    total = conn.execute(
        select(func.count())
        .select_from(triggers)
        .where(triggers.c.deleted_at.is_(None))
    ).scalar_one()
    rows = conn.execute(
        _alive().order_by(triggers.c.id.desc()).limit(size).offset((number - 1) * size)
    ).all()
    return [_trigger(conn, row, cipher=cipher, now=now) for row in rows], total


def _alive() -> Select[Any]:
    return select(triggers).where(triggers.c.deleted_at.is_(None))


def _add_secret(
    conn: Connection, trigger_id: int, secret: Secret, *, cipher: Cipher, now: datetime
) -> None:
    conn.execute(
        trigger_secrets.insert().values(
            trigger_id=trigger_id, secret=cipher.encrypt(secret), created_at=now
        )
    )


def _values(fields: TriggerFields, cipher: Cipher) -> dict[str, Any]:
    return {
        "name": fields.name,
        "type": fields.type,
        "source": fields.source,
        "event_filter": fields.event_filter,
        "condition": fields.condition,
        "action_type": fields.action_type,
        "action_payload": payload_to_json(fields.action_payload, cipher),
        "agent": fields.agent,
        "enabled": fields.enabled,
        "settings": settings_to_json(fields.settings, cipher),
    }


def _trigger(
    conn: Connection, row: Row[Any], *, cipher: Cipher, now: datetime
) -> Trigger:
    kept = trigger_secrets.c
    secrets = conn.execute(
        select(kept.secret)
        .where(
            kept.trigger_id == row.id,
            or_(kept.expires_at.is_(None), kept.expires_at > now),
        )
        .order_by(kept.id.desc())
    ).scalars()
    return Trigger(
        id=TriggerId(row.id),
        name=row.name,
        type=TriggerType(row.type),
        source=row.source,
        event_filter=row.event_filter,
        condition=row.condition,
        action_type=ActionType(row.action_type),
        action_payload=payload_from_json(row.action_payload, cipher),
        agent=row.agent,
        enabled=row.enabled,
        secrets=tuple(cipher.decrypt(secret) for secret in secrets),
        hook_token=cipher.decrypt(row.hook_token),
        settings=settings_from_json(dict(row.settings), cipher),
        old_secret_last_used_at=row.old_secret_last_used_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
