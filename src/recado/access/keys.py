"""API keys: made, hashed and looked up."""

import base64
import hashlib
from collections.abc import Callable
from functools import partial

from recado.access.roles import Role
from recado.clock import Clock
from recado.errors import UnknownCallerError
from recado.model.redact import Secret
from recado.store import audit, keys
from recado.store.audit import Actor
from recado.store.keys import StoredKey
from recado.store.protocol import Store

PREFIX = "rcd_"
KEY_BYTES = 24
SHOWN = 8

Draw = Callable[[int], bytes]
"""Gives that many random bytes, fit for secrets (``secrets.token_bytes``)."""


def make_key(draw: Draw) -> Secret:
    """Return a new API key: ``rcd_`` and 192 random bits."""
    return Secret(
        PREFIX + base64.b32encode(draw(KEY_BYTES)).decode().rstrip("=").lower()
    )


def hash_of(key: Secret) -> str:
    """Return what is stored of a key.

    A plain SHA-256 does: nobody can search 192 random bits.
    """
    return hashlib.sha256(key.reveal().encode()).hexdigest()


class Keys:
    """Finds out who calls. Keys that were seen are kept in memory until revoked."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._seen: dict[str, StoredKey] = {}

    async def add(
        self, key: Secret, *, name: str, role: Role, actor: Actor | None = None
    ) -> StoredKey:
        """Store a key under a name; without an actor, as the server's own doing.

        One that is stored already is returned as it is, even when it was revoked.
        """
        now = self._clock.now()
        create = partial(
            keys.create,
            name=name,
            role=role,
            key_hash=hash_of(key),
            prefix=key.reveal()[:SHOWN],
            now=now,
        )
        if actor is None:
            return await self._store.write(create)
        return await self._store.write(
            audit.recorded,
            create,
            actor=actor,
            action="key.create",
            target=_target,
            now=now,
            name=name,
            role=role,
        )

    async def who(self, key: Secret) -> tuple[Actor, Role]:
        """Return who calls with this key.

        Raises:
            UnknownCallerError: The key is not known, or was revoked.
        """
        hashed = hash_of(key)
        # held on to: a key revoked while it is read must not be seen again
        seen = self._seen
        known = seen.get(hashed)
        if known is None:
            known = await self._store.read(keys.find_by_hash, hashed)
            if known is None:
                raise UnknownCallerError("the API key is not known, or was revoked")
            seen[hashed] = known
            await self._store.write(keys.note_use, known.id, now=self._clock.now())
        return Actor(name=f"key:{known.name}"), Role(known.role)

    async def revoke(self, key_id: int, *, actor: Actor) -> StoredKey:
        """End a key at once.

        Raises:
            NotFoundError: There is no such key in use.
        """
        now = self._clock.now()
        revoked = await self._store.write(
            audit.recorded,
            partial(keys.revoke, key_id=key_id, now=now),
            actor=actor,
            action="key.revoke",
            target=_target,
            now=now,
        )
        self._seen = {}
        return revoked


def _target(key: StoredKey) -> str:
    return f"key:{key.id}"
