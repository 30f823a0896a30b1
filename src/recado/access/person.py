"""Who is at the other end of a request."""

from dataclasses import dataclass

from recado.access.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who calls: somebody who signed in, or whoever has an API key.

    ``actor`` is the name in the audit log. ``csrf`` is what forms must bring back; ""
    for a key, which no browser sends by itself. ``user_id`` and ``session_id`` are
    None for a key.
    """

    name: str
    actor: str
    role: Role
    csrf: str = ""
    user_id: int | None = None
    session_id: int | None = None

    def may(self, needed: str) -> bool:
        """Tell whether this person has a role, by its name, or a higher one."""
        return self.role.rank >= Role(needed).rank
