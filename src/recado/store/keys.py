"""API keys, kept as hashes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from recado.errors import NotFoundError
from recado.store.tables import api_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """An API key as it is known: never the key itself."""

    id: int
    name: str
    role: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def create(
    conn: Connection, *, name: str, role: str, key_hash: str, prefix: str, now: datetime
) -> StoredKey:
    """Store a key, or return the one with this hash as it is: revoked stays revoked."""
    known = conn.execute(
        select(api_keys.c.id).where(api_keys.c.key_hash == key_hash)
    ).scalar()
    if known is None:
        conn.execute(
            api_keys.insert().values(
                name=name, role=role, key_hash=key_hash, prefix=prefix, created_at=now
            )
        )
    row = conn.execute(select(api_keys).where(api_keys.c.key_hash == key_hash)).one()
    return _key(row)


def find_by_hash(conn: Connection, key_hash: str) -> StoredKey | None:
    """Return the key with this hash unless it was revoked."""
    row = conn.execute(
        select(api_keys).where(
            api_keys.c.key_hash == key_hash, api_keys.c.revoked_at.is_(None)
        )
    ).first()
    return None if row is None else _key(row)


def every(conn: Connection) -> list[StoredKey]:
    """Return all keys, oldest first, revoked ones too."""
    return [_key(row) for row in conn.execute(select(api_keys).order_by(api_keys.c.id))]


def revoke(conn: Connection, key_id: int, *, now: datetime) -> StoredKey:
    """End a key.

    Raises:
        NotFoundError: There is no such key, or it was revoked before.
    """
    ended = conn.execute(
        api_keys.update()
        .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if ended.rowcount == 0:
        raise NotFoundError(f"there is no key {key_id} in use")
    return _key(conn.execute(select(api_keys).where(api_keys.c.id == key_id)).one())


def note_use(conn: Connection, key_id: int, *, now: datetime) -> None:
    """Write down that a key was used."""
    conn.execute(
        api_keys.update().where(api_keys.c.id == key_id).values(last_used_at=now)
    )


def _key(row: Row[Any]) -> StoredKey:
    return StoredKey(
        id=row.id,
        name=row.name,
        role=row.role,
        prefix=row.prefix,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
