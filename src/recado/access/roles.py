"""Roles, lowest first, and what each may do."""

from enum import StrEnum

from recado.errors import ForbiddenError


class Role(StrEnum):
    """What a caller may do: a viewer reads, an operator acts, an admin also governs."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Where the role stands; a higher one may do all that a lower one may."""
        return list(Role).index(self)


def demand(actual: Role, needed: Role) -> None:
    """Return when a role is high enough.

    Raises:
        ForbiddenError: It is too low.
    """
    if actual.rank < needed.rank:
        raise ForbiddenError(f"this needs the role {needed}; your key is a {actual}")
