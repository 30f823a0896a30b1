"""Sessions: who is signed in, in which browser, and until when."""

import base64
import hashlib
import hmac
from datetime import timedelta
from functools import partial

from recado.access.keys import Draw
from recado.access.person import Person
from recado.access.roles import Role
from recado.clock import Clock
from recado.errors import UnknownCallerError
from recado.model.redact import Secret
from recado.store import audit, sessions
from recado.store.audit import Actor
from recado.store.protocol import Store
from recado.store.sessions import NewSession, Session
from recado.store.users import User

TOKEN_BYTES = 32
IDLE = timedelta(hours=12)
LIFETIME = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use is kept: a write for each page would be waste."""

LONGEST_BROWSER = 200


def token_hash(token: Secret) -> str:
    """Return what is stored of a session's token: nobody can search 256 bits."""
    return hashlib.sha256(token.reveal().encode()).hexdigest()


def csrf_of(token: Secret) -> str:
    """Return what the forms of a session bring back; the token is not in it."""
    return hmac.new(token.reveal().encode(), b"csrf", hashlib.sha256).hexdigest()


def actor_name(user: str) -> str:
    """Return how somebody who signed in stands in the audit log."""
    return f"user:{user}"


class Sessions:
    """Starts, finds and ends sessions. The database is asked each time, so that an
    ended session is over at once, on every node.
    """  # noqa: D205 (one thought)

    def __init__(self, store: Store, *, clock: Clock, draw: Draw) -> None:
        self._store = store
        self._clock = clock
        self._draw = draw

    async def start(
        self, user: User, *, source_ip: str, browser: str, before: Secret | None
    ) -> Secret:
        """Sign somebody in; return the new token, which only their browser has.

        ``before`` is the token that the browser came with: it is never taken over,
        and its session ends.
        """
        token = Secret(base64.urlsafe_b64encode(self._draw(TOKEN_BYTES)).decode())
        now = self._clock.now()
        new = NewSession(
            user_id=user.id,
            token_hash=token_hash(token),
            now=now,
            expires_at=now + LIFETIME,
            source_ip=source_ip,
            browser=browser[:LONGEST_BROWSER],
        )
        replaces = None if before is None else token_hash(before)
        await self._store.write(
            audit.recorded,
            partial(sessions.start, new=new, replaces=replaces),
            actor=Actor(name=actor_name(user.name), source_ip=source_ip),
            action="session.start",
            target=_target,
            now=now,
        )
        return token

    async def who(self, token: Secret) -> Person:
        """Return who is signed in with this token.

        Raises:
            UnknownCallerError: The session is not known, over, or was idle too long.
        """
        now = self._clock.now()
        found = await self._store.read(
            sessions.find, token_hash(token), seen_after=now - IDLE, now=now
        )
        if found is None:
            raise UnknownCallerError("the session is over; sign in again")
        if now - found.last_seen_at >= SEEN_EVERY:
            await self._store.write(sessions.note_seen, found.id, now=now)
        return Person(
            name=found.name,
            actor=actor_name(found.name),
            role=Role(found.role),
            csrf=csrf_of(token),
            user_id=found.user_id,
            session_id=found.id,
        )

    async def of_user(self, user_id: int) -> list[Session]:
        """Return somebody's sessions that are not over, last used first."""
        now = self._clock.now()
        return await self._store.read(
            sessions.of_user, user_id, seen_after=now - IDLE, now=now
        )

    async def end(self, session_id: int, *, user_id: int, actor: Actor) -> None:
        """End one session of somebody, at once.

        Raises:
            NotFoundError: They have no such session.
        """
        await self._store.write(
            audit.recorded,
            partial(sessions.end, session_id=session_id, user_id=user_id),
            actor=actor,
            action="session.end",
            target=lambda _: _target(session_id),
            now=self._clock.now(),
        )


def _target(session_id: int) -> str:
    return f"session:{session_id}"
