"""What the routes about groups and communities answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from recado.evolution.replies.fields import (
    an_object,
    integer,
    moment,
    objects,
    text,
    texts,
    truth,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A member of a group. ``jid`` may be a LID, ``phone_number`` is then a JID."""

    jid: str
    phone_number: str
    lid: str
    admin: bool
    super_admin: bool
    name: str

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Return one entry of a group's ``Participants``."""
        return cls(
            jid=text(told, "JID"),
            phone_number=text(told, "PhoneNumber"),
            lid=text(told, "LID"),
            admin=truth(told, "IsAdmin"),
            super_admin=truth(told, "IsSuperAdmin"),
            name=text(told, "DisplayName"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group or, when ``community``, the community that groups are linked to.

    ``announcement`` means that only admins write, ``locked`` that only they change
    its name and picture. ``topic`` is the description.
    """

    jid: str
    name: str
    topic: str
    owner: str
    created_at: datetime | None
    locked: bool
    announcement: bool
    community: bool
    parent: str
    participants: tuple[Participant, ...]
    participant_count: int
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the group that an answer holds.

        Raises:
            LookupError, TypeError: It holds none.
        """
        told = an_object(data)
        members = tuple(map(Participant.read, objects(told.get("Participants"))))
        return cls(
            jid=told["JID"],
            name=text(told, "Name"),
            topic=text(told, "Topic"),
            owner=text(told, "OwnerJID"),
            created_at=moment(told, "GroupCreated"),
            locked=truth(told, "IsLocked"),
            announcement=truth(told, "IsAnnounce"),
            community=truth(told, "IsParent"),
            parent=text(told, "LinkedParentJID"),
            participants=members,
            participant_count=integer(told, "ParticipantCount") or len(members),
            raw=told,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedGroup:
    """A group just made. ``failed`` are the JIDs that could not be added."""

    jid: str
    name: str
    owner: str
    added: tuple[str, ...]
    failed: tuple[str, ...]

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the group that the route's ``data`` tells of.

        Raises:
            LookupError, TypeError: It tells of none.
        """
        told = an_object(data)
        return cls(
            jid=told["jid"],
            name=text(told, "name"),
            owner=text(told, "owner"),
            added=texts(told, "added"),
            failed=texts(told, "failed"),
        )
