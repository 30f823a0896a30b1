"""The calls about communities, which link groups."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from recado.errors import ServerFaultError
from recado.evolution.commands.base import Command, Timing, need_list, needed
from recado.evolution.number import group_of
from recado.evolution.replies.fields import an_object, texts
from recado.evolution.replies.groups import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCommunity(Command[Group]):
    """Make a community. Not repeatable: each call makes another one."""

    method = "POST"
    path = "/community/create"
    timing = Timing.SESSION

    community_name: str

    def __post_init__(self) -> None:
        needed(community_name=self.community_name)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"communityName": self.community_name}

    def read(self, data: Any) -> Group:
        """See ``Command``."""
        return Group.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCommunity(Command[None]):
    """A call that links groups with a community, or no longer.

    Repeating it does no harm to the groups that are done.
    """

    method = "POST"
    timing = Timing.SESSION
    safe = True

    community_jid: str
    group_jids: Sequence[str]

    def __post_init__(self) -> None:
        need_list("group_jids", self.group_jids)
        _ = self.body()  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {
            "communityJid": group_of(self.community_jid),
            "groupJid": [group_of(jid) for jid in self.group_jids],
        }

    def read(self, data: Any) -> None:
        """See ``Command``.

        Raises:
            ServerFaultError: Some groups failed; the gateway calls that a success.
        """
        # its list of successes is wrong in this version, that of failures is not
        failed = texts(an_object(data), "failed")
        if failed:
            raise ServerFaultError(
                f"{self.route}: not done for {', '.join(failed)}",
                route=self.route,
                status=200,
                body=data,
            )


class AddToCommunity(OfCommunity):
    """Link groups with a community."""

    __slots__ = ()

    path = "/community/add"


class RemoveFromCommunity(OfCommunity):
    """Unlink groups from a community."""

    __slots__ = ()

    path = "/community/remove"
