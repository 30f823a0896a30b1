"""People who may sign in, and what their passwords hash to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from recado.errors import InvalidError, LastAdminError, NotFoundError, Problem
from recado.store.tables import sessions, users

ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who may sign in."""

    id: int
    name: str
    role: str
    password_hash: str = field(repr=False)
    created_at: datetime
    last_login_at: datetime | None


def are_there_any(conn: Connection) -> bool:
    """Tell whether anybody may sign in."""
    return conn.execute(select(users.c.id).limit(1)).first() is not None


def every(conn: Connection) -> list[User]:
    """Return all, by name."""
    return [_user(row) for row in conn.execute(select(users).order_by(users.c.name))]


def get(conn: Connection, user_id: int) -> User:
    """Return one.

    Raises:
        NotFoundError: There is none with this id.
    """
    row = conn.execute(select(users).where(users.c.id == user_id)).first()
    if row is None:
        raise NotFoundError(f"there is no user {user_id}")
    return _user(row)


def find_by_name(conn: Connection, name: str) -> User | None:
    """Return the one with this name, as it is stored, if there is one."""
    row = conn.execute(select(users).where(users.c.name == name)).first()
    return None if row is None else _user(row)


def create(
    conn: Connection, *, name: str, role: str, password_hash: str, now: datetime
) -> User:
    """Add somebody.

    Raises:
        InvalidError: Somebody has this name.
    """
    if find_by_name(conn, name) is not None:
        raise InvalidError([Problem("name", f"'{name}' is taken", "name_taken")])
    row = conn.execute(
        users.insert()
        .values(name=name, role=role, password_hash=password_hash, created_at=now)
        .returning(users)
    ).one()
    return _user(row)


def create_first(
    conn: Connection, *, name: str, password_hash: str, now: datetime
) -> User:
    """Add the first person, who is an admin. Of several at once, one succeeds.

    Raises:
        NotFoundError: There is somebody already.
    """
    if are_there_any(conn):
        raise NotFoundError("there is an admin already; sign in instead")
    return create(conn, name=name, role=ADMIN, password_hash=password_hash, now=now)


def change_role(conn: Connection, user_id: int, *, role: str) -> User:
    """Give somebody a role, and end their sessions.

    Raises:
        NotFoundError: There is none with this id.
        LastAdminError: It would leave no admin.
    """
    if role != ADMIN:
        _spare_the_last_admin(conn, user_id)
    _update(conn, user_id, role=role)
    _end_sessions(conn, user_id)
    return get(conn, user_id)


def change_password(conn: Connection, user_id: int, *, password_hash: str) -> User:
    """Give somebody a password, and end their sessions.

    Raises:
        NotFoundError: There is none with this id.
    """
    _update(conn, user_id, password_hash=password_hash)
    _end_sessions(conn, user_id)
    return get(conn, user_id)


def rehash(conn: Connection, user_id: int, *, password_hash: str) -> None:
    """Keep the same password under newer parameters; sessions go on."""
    conn.execute(
        users.update().where(users.c.id == user_id).values(password_hash=password_hash)
    )


def delete(conn: Connection, user_id: int) -> User:
    """Remove somebody, and end their sessions. Returns who it was.

    Raises:
        NotFoundError: There is none with this id.
        LastAdminError: It would leave no admin.
    """
    removed = get(conn, user_id)
    _spare_the_last_admin(conn, user_id)
    _end_sessions(conn, user_id)
    conn.execute(users.delete().where(users.c.id == user_id))
    return removed


def _spare_the_last_admin(conn: Connection, user_id: int) -> None:
    others = select(func.count()).where(users.c.role == ADMIN, users.c.id != user_id)
    if get(conn, user_id).role == ADMIN and conn.execute(others).scalar() == 0:
        raise LastAdminError


def _update(conn: Connection, user_id: int, **values: Any) -> None:
    changed = conn.execute(users.update().where(users.c.id == user_id).values(**values))
    if changed.rowcount == 0:
        raise NotFoundError(f"there is no user {user_id}")


def _end_sessions(conn: Connection, user_id: int) -> None:
    conn.execute(sessions.delete().where(sessions.c.user_id == user_id))


def _user(row: Row[Any]) -> User:
    return User(**row._mapping)  # noqa: SLF001 (SQLAlchemy's public name)
