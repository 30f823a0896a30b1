"""Sessions: browsers that are signed in, known by the hash of what they hold."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from recado.errors import NotFoundError
from recado.store.tables import sessions, users


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is signed in, and whose it is."""

    id: int
    user_id: int
    name: str
    role: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    source_ip: str
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """What is stored when somebody signs in."""

    user_id: int
    token_hash: str
    now: datetime
    expires_at: datetime
    source_ip: str
    browser: str


_SHOWN = (
    *(sessions.c.id, sessions.c.user_id, users.c.name, users.c.role),
    *(sessions.c.created_at, sessions.c.last_seen_at, sessions.c.expires_at),
    *(sessions.c.source_ip, sessions.c.browser),
)


def start(conn: Connection, new: NewSession, *, replaces: str | None = None) -> int:
    """Store a session and return its id; clears away those that are over.

    ``replaces`` is the hash of what the browser held before: that session ends.
    """
    conn.execute(sessions.delete().where(sessions.c.expires_at <= new.now))
    if replaces is not None:
        conn.execute(sessions.delete().where(sessions.c.token_hash == replaces))
    conn.execute(
        users.update().where(users.c.id == new.user_id).values(last_login_at=new.now)
    )
    session_id: int = conn.execute(
        sessions.insert()
        .values(
            user_id=new.user_id,
            token_hash=new.token_hash,
            created_at=new.now,
            last_seen_at=new.now,
            expires_at=new.expires_at,
            source_ip=new.source_ip,
            browser=new.browser,
        )
        .returning(sessions.c.id)
    ).scalar_one()
    return session_id


def find(
    conn: Connection, token_hash: str, *, seen_after: datetime, now: datetime
) -> Session | None:
    """Return the session with this hash, unless it is over or was idle for too long."""
    row = conn.execute(
        select(*_SHOWN)
        .join(users, users.c.id == sessions.c.user_id)
        .where(
            sessions.c.token_hash == token_hash,
            sessions.c.expires_at > now,
            sessions.c.last_seen_at > seen_after,
        )
    ).first()
    return None if row is None else Session(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)


def note_seen(conn: Connection, session_id: int, *, now: datetime) -> None:
    """Write down that a session was used."""
    conn.execute(
        sessions.update().where(sessions.c.id == session_id).values(last_seen_at=now)
    )


def of_user(
    conn: Connection, user_id: int, *, seen_after: datetime, now: datetime
) -> list[Session]:
    """Return somebody's sessions that are not over, last used first."""
    rows = conn.execute(
        select(*_SHOWN)
        .join(users, users.c.id == sessions.c.user_id)
        .where(
            sessions.c.user_id == user_id,
            sessions.c.expires_at > now,
            sessions.c.last_seen_at > seen_after,
        )
        .order_by(sessions.c.last_seen_at.desc(), sessions.c.id.desc())
    )
    return [Session(**row._mapping) for row in rows]  # noqa: SLF001 (SQLAlchemy's public name)


def end(conn: Connection, session_id: int, *, user_id: int) -> None:
    """End one session of somebody.

    Raises:
        NotFoundError: They have no such session.
    """
    ended = conn.execute(
        sessions.delete().where(
            sessions.c.id == session_id, sessions.c.user_id == user_id
        )
    )
    if ended.rowcount == 0:
        raise NotFoundError(f"there is no session {session_id} of this user")
