"""The calls about groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from recado.evolution.commands.base import Command, Done, Timing, need_list, needed
from recado.evolution.number import chat_of, group_of
from recado.evolution.replies.fields import objects
from recado.evolution.replies.groups import CreatedGroup, Group

Reply = TypeVar("Reply")

ParticipantAction = Literal["add", "remove", "promote", "demote"]

_ACTIONS: tuple[str, ...] = get_args(ParticipantAction)

_PICTURES = (
    "http://",
    "https://",
    "data:image/jpeg;base64,",
    "data:image/png;base64,",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfGroup(Command[Reply]):
    """A call about one group, named by its JID."""

    method = "POST"
    timing = Timing.SESSION
    safe = True

    group_jid: str

    def __post_init__(self) -> None:
        group_of(self.group_jid)  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"groupJid": group_of(self.group_jid)}


class ListGroups(Command[list[Group]]):
    """Ask for the groups the instance is in."""

    __slots__ = ()

    method = "GET"
    path = "/group/list"
    timing = Timing.SESSION
    safe = True

    def read(self, data: Any) -> list[Group]:
        """See ``Command``."""
        return [Group.read(told) for told in objects(data)]


class MyGroups(Command[list[Group]]):
    """Ask for the groups the instance owns.

    The gateway's authors mark it as not working in this version.
    """

    __slots__ = ()

    method = "GET"
    path = "/group/myall"
    timing = Timing.SESSION
    safe = True

    def read(self, data: Any) -> list[Group]:
        """See ``Command``."""
        return [Group.read(told) for told in objects(data)]


class GroupInfo(OfGroup[Group]):
    """Ask for one group, with its participants."""

    __slots__ = ()

    path = "/group/info"

    def read(self, data: Any) -> Group:
        """See ``Command``."""
        return Group.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupInviteLink(OfGroup[str]):
    """Ask for a group's invite link; ``reset`` makes a new one and kills the old.

    With ``reset`` it is not repeatable: a second call would kill the link of the
    first.
    """

    path = "/group/invitelink"

    reset: bool = False

    @property
    def repeatable(self) -> bool:
        """See ``Command``."""
        return not self.reset

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"groupJid": group_of(self.group_jid), "reset": self.reset}

    def read(self, data: Any) -> str:
        """See ``Command``."""
        return _a_text(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGroupPhoto(OfGroup[str]):
    """Set a group's picture; the reply is the picture's id.

    ``image`` is an http(s) address, or a ``data:`` one of a JPEG or PNG in base64.
    """

    path = "/group/photo"

    image: str

    def __post_init__(self) -> None:
        OfGroup.__post_init__(self)
        if not self.image.startswith(_PICTURES):
            raise ValueError(
                "image must be an http(s) address, or start with "
                "data:image/jpeg;base64, or data:image/png;base64,"
            )

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"groupJid": group_of(self.group_jid), "image": self.image}

    def read(self, data: Any) -> str:
        """See ``Command``."""
        return _a_text(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGroupName(OfGroup[None], Done):
    """Set a group's name. WhatsApp may refuse with 409 the name it has."""

    path = "/group/name"

    name: str

    def __post_init__(self) -> None:
        OfGroup.__post_init__(self)
        needed(name=self.name)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"groupJid": group_of(self.group_jid), "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetGroupDescription(OfGroup[None], Done):
    """Set a group's description; "" clears it."""

    path = "/group/description"

    description: str

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {
            "groupJid": group_of(self.group_jid),
            "description": self.description,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGroup(Command[CreatedGroup]):
    """Make a group. ``participants`` are phone numbers or JIDs, at least one.

    It is not repeatable: each call makes another group, and a failure may come after
    the group was made.
    """

    method = "POST"
    path = "/group/create"
    timing = Timing.SESSION

    group_name: str
    participants: Sequence[str]

    def __post_init__(self) -> None:
        needed(group_name=self.group_name)
        need_list("participants", self.participants)
        _ = self.body()  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {
            "groupName": self.group_name,
            "participants": [chat_of(number) for number in self.participants],
        }

    def read(self, data: Any) -> CreatedGroup:
        """See ``Command``."""
        return CreatedGroup.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateGroupParticipants(OfGroup[None], Done):
    """Add, remove, promote or demote members, given as phone numbers or JIDs.

    The gateway does not tell which of them failed.
    """

    path = "/group/participant"
    content_type = "text/plain"  # declared as JSON, the gateway finds no participants

    participants: Sequence[str]
    action: ParticipantAction

    def __post_init__(self) -> None:
        need_list("participants", self.participants)
        if self.action not in _ACTIONS:
            raise ValueError(
                f"action is {self.action!r}; it must be one of {', '.join(_ACTIONS)}"
            )
        _ = self.body()  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {
            "groupJid": group_of(self.group_jid),
            "participants": [chat_of(number) for number in self.participants],
            "action": self.action,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinGroup(Done):
    """Join a group. ``code`` is an invite code or the whole link."""

    method = "POST"
    path = "/group/join"
    timing = Timing.SESSION
    safe = True

    code: str

    def __post_init__(self) -> None:
        needed(code=self.code)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"code": self.code}


class LeaveGroup(OfGroup[None], Done):
    """Leave a group."""

    __slots__ = ()

    path = "/group/leave"


def _a_text(data: Any) -> str:
    if not isinstance(data, str):
        raise TypeError(f"a text is expected, not {type(data).__name__}")
    return data
