"""People: made, signed in, given roles and passwords, removed."""

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

from recado.access.passwords import Passwords, check_password, is_outdated
from recado.access.roles import Role
from recado.access.throttle import Throttle
from recado.clock import Clock
from recado.errors import AccessError, InvalidError, Problem, WrongPasswordError
from recado.model.redact import Secret
from recado.observe.signals import Name, Signals
from recado.store import audit, users
from recado.store.audit import Actor
from recado.store.protocol import Store
from recado.store.users import User

_NAME = re.compile(r"[\w.@+-]{1,64}")


def clean_name(given: str) -> str:
    """Return a name as it is stored: in lower case, the same for each spelling.

    Raises:
        InvalidError: It cannot be a name.
    """
    name = unicodedata.normalize("NFKC", given).strip().lower()
    if not _NAME.fullmatch(name):
        problem = "must have 1 to 64 characters: letters, digits and . @ _ + -"
        raise InvalidError([Problem("name", problem, "name_form")])
    return name


class Users:
    """Everything about people but their sessions. Each change is in the audit log."""

    def __init__(self, store: Store, *, clock: Clock, signals: Signals) -> None:
        self._store = store
        self._clock = clock
        self._signals = signals
        self._passwords = Passwords()
        self._throttle = Throttle()

    async def are_there_any(self) -> bool:
        """Tell whether anybody may sign in."""
        return await self._store.read(users.are_there_any)

    async def every(self) -> list[User]:
        """Return all, by name."""
        return await self._store.read(users.every)

    async def get(self, user_id: int) -> User:
        """Return one.

        Raises:
            NotFoundError: There is none with this id.
        """
        return await self._store.read(users.get, user_id)

    async def sign_in(self, name: str, password: Secret, *, source_ip: str) -> User:
        """Return who this is.

        Raises:
            WrongPasswordError: The name or the password is wrong.
            TooManyTriesError: There were too many wrong ones before.
        """
        known = unicodedata.normalize("NFKC", name).strip().lower()[:64]
        user = await self._proven(known, password, source_ip=source_ip)
        if is_outdated(user.password_hash):
            hashed = await self._passwords.hash(password)
            await self._store.write(users.rehash, user.id, password_hash=hashed)
        return user

    async def _proven(self, name: str, password: Secret, *, source_ip: str) -> User:
        try:
            return await self._looked_at(name, password, source_ip)
        except AccessError as error:
            self._signals.emit(
                Name.LOGIN_REFUSED, reason=str(error), source_ip=source_ip
            )
            raise

    async def _looked_at(self, name: str, password: Secret, source_ip: str) -> User:
        self._throttle.admit(name, source_ip, self._clock.now())
        user = await self._store.read(users.find_by_name, name)
        hashed = user.password_hash if user else None
        if not await self._passwords.is_right(password, hashed) or user is None:
            raise WrongPasswordError("the name or the password is wrong")
        self._throttle.forgive(name, source_ip)
        return user

    async def create_first(
        self, name: str, password: Secret, *, source_ip: str
    ) -> User:
        """Add the first person, who is an admin. Of several at once, one succeeds.

        Raises:
            InvalidError: The name or the password will not do.
            NotFoundError: There is somebody already.
        """
        name = clean_name(name)
        check_password(password, name=name)
        hashed = await self._passwords.hash(password)
        now = self._clock.now()
        actor = Actor(name="setup", source_ip=source_ip)
        change = partial(users.create_first, name=name, password_hash=hashed, now=now)
        return await self._recorded(
            change, "user.create", actor=actor, name=name, role=Role.ADMIN
        )

    async def create(
        self, name: str, password: Secret, *, role: Role, actor: Actor
    ) -> User:
        """Add somebody.

        Raises:
            InvalidError: The name or the password will not do, or the name is taken.
        """
        name = clean_name(name)
        check_password(password, name=name)
        hashed = await self._passwords.hash(password)
        now = self._clock.now()
        change = partial(
            users.create, name=name, role=role, password_hash=hashed, now=now
        )
        return await self._recorded(
            change, "user.create", actor=actor, name=name, role=role
        )

    async def change_role(self, user_id: int, role: Role, *, actor: Actor) -> User:
        """Give somebody a role; their sessions end.

        Raises:
            NotFoundError: There is none with this id.
            LastAdminError: It would leave no admin.
        """
        change = partial(users.change_role, user_id=user_id, role=role)
        return await self._recorded(change, "user.role", actor=actor, role=role)

    async def reset_password(
        self, user_id: int, password: Secret, *, actor: Actor, field: str = "password"
    ) -> User:
        """Give somebody a password; their sessions end.

        Raises:
            NotFoundError: There is none with this id.
            InvalidError: The password will not do; ``field`` is what it is called.
        """
        user = await self.get(user_id)
        check_password(password, name=user.name, field=field)
        hashed = await self._passwords.hash(password)
        change = partial(users.change_password, user_id=user_id, password_hash=hashed)
        return await self._recorded(change, "user.password", actor=actor)

    async def change_own_password(
        self, user_id: int, *, old: Secret, new: Secret, actor: Actor
    ) -> User:
        """Give oneself another password; all one's sessions end.

        Raises:
            WrongPasswordError: The old one is wrong.
            TooManyTriesError: It was wrong too often.
            InvalidError: The new one will not do.
        """
        user = await self.get(user_id)
        await self._proven(user.name, old, source_ip=actor.source_ip)
        return await self.reset_password(user_id, new, actor=actor, field="new")

    async def delete(self, user_id: int, *, actor: Actor) -> User:
        """Remove somebody; their sessions end.

        Raises:
            NotFoundError: There is none with this id.
            LastAdminError: It would leave no admin.
        """
        change = partial(users.delete, user_id=user_id)
        return await self._recorded(change, "user.delete", actor=actor)

    async def _recorded(
        self,
        change: Callable[[Any], User],
        action: str,
        *,
        actor: Actor,
        **details: Any,
    ) -> User:
        return await self._store.write(
            partial(
                audit.recorded,
                change=change,
                actor=actor,
                action=action,
                target=_target,
                now=self._clock.now(),
                **details,
            )
        )


def _target(user: User) -> str:
    return f"user:{user.name}"
