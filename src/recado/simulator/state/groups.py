"""The groups and communities of the stand-in's WhatsApp."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

_FIRST = 120363000000000001


@dataclass(slots=True, kw_only=True)
class Member:
    """Somebody in a group."""

    jid: str
    admin: bool = False


@dataclass(slots=True, kw_only=True)
class ChatGroup:
    """A group; a community is one that others are linked to."""

    jid: str
    name: str
    owner: str
    created: datetime
    invite: str
    members: dict[str, Member] = field(default_factory=dict)
    topic: str = ""
    picture: str = ""
    is_community: bool = False
    community: str = ""
    changes: int = 1


class ChatGroups:
    """The groups by their address."""

    def __init__(self) -> None:
        self._groups: dict[str, ChatGroup] = {}

    def __iter__(self) -> Iterator[ChatGroup]:
        return iter(self._groups.values())

    def create(
        self, *, name: str, owner: str, created: datetime, invite: str, jid: str = ""
    ) -> ChatGroup:
        """Make a group with its owner as the only member; ``jid`` must be free."""
        group = ChatGroup(
            jid=jid or self._free(),
            name=name,
            owner=owner,
            created=created,
            invite=invite,
            members={owner: Member(jid=owner, admin=True)},
        )
        self._groups[group.jid] = group
        return group

    def _free(self) -> str:
        numbers = (f"{_FIRST + place}@g.us" for place in range(len(self._groups) + 1))
        return next(jid for jid in numbers if jid not in self._groups)

    def find(self, jid: str) -> ChatGroup | None:
        """Return the group of that address, None when nobody made it."""
        return self._groups.get(jid)

    def find_by_invite(self, code: str) -> ChatGroup | None:
        """Return the group that an invite code leads to, None for none."""
        return next((one for one in self if one.invite == code), None)

    def of(self, member: str) -> list[ChatGroup]:
        """Return the groups that somebody is in."""
        return [one for one in self if member in one.members]

    def clear(self) -> None:
        """Forget all groups."""
        self._groups.clear()
