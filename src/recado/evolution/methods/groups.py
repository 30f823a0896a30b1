"""The methods about groups."""

from collections.abc import Sequence

from recado.evolution.commands.groups import (
    CreateGroup,
    GroupInfo,
    GroupInviteLink,
    JoinGroup,
    LeaveGroup,
    ListGroups,
    MyGroups,
    ParticipantAction,
    SetGroupDescription,
    SetGroupName,
    SetGroupPhoto,
    UpdateGroupParticipants,
)
from recado.evolution.methods.base import Methods
from recado.evolution.replies.groups import CreatedGroup, Group


class GroupMethods(Methods):
    """The methods about groups."""

    __slots__ = ()

    def list_groups(self) -> list[Group]:
        """Ask for the groups the instance is in (``GET /group/list``).

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(ListGroups())

    def my_groups(self) -> list[Group]:
        """Ask for the groups the instance owns (``GET /group/myall``).

        The gateway's authors mark it as not working in this version.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(MyGroups())

    def group_info(self, group_jid: str) -> Group:
        """Ask for one group, with its participants (``POST /group/info``).

        Raises:
            ValueError: ``group_jid`` names no group; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(GroupInfo(group_jid=group_jid))

    def group_invite_link(self, group_jid: str, *, reset: bool = False) -> str:
        """Ask for a group's invite link (``POST /group/invitelink``).

        ``reset`` makes a new one and kills the old; then it is not repeated when an
        answer is lost.

        Raises:
            ValueError: ``group_jid`` names no group; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(GroupInviteLink(group_jid=group_jid, reset=reset))

    def set_group_photo(self, group_jid: str, image: str) -> str:
        """Set a group's picture; the reply is the picture's id (``POST /group/photo``).

        ``image`` is an http(s) address, or a ``data:`` one of a JPEG or PNG in base64.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(SetGroupPhoto(group_jid=group_jid, image=image))

    def set_group_name(self, group_jid: str, name: str) -> None:
        """Set a group's name (``POST /group/name``).

        WhatsApp may refuse the name it already has.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(SetGroupName(group_jid=group_jid, name=name))

    def set_group_description(self, group_jid: str, description: str) -> None:
        """Set a group's description; "" clears it (``POST /group/description``).

        Raises:
            ValueError: ``group_jid`` names no group; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(
            SetGroupDescription(group_jid=group_jid, description=description)
        )

    def create_group(
        self, group_name: str, participants: Sequence[str]
    ) -> CreatedGroup:
        """Make a group (``POST /group/create``).

        ``participants`` are phone numbers or JIDs, at least one. Not repeated when an
        answer is lost: the group may be there.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(CreateGroup(group_name=group_name, participants=participants))

    def update_group_participants(
        self, group_jid: str, participants: Sequence[str], action: ParticipantAction
    ) -> None:
        """Add, remove, promote or demote members (``POST /group/participant``).

        ``participants`` are phone numbers or JIDs. The gateway does not tell which of
        them failed.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(
            UpdateGroupParticipants(
                group_jid=group_jid, participants=participants, action=action
            )
        )

    def join_group(self, code: str) -> None:
        """Join a group (``POST /group/join``).

        ``code`` is an invite code or the whole link.

        Raises:
            ValueError: ``code`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(JoinGroup(code=code))

    def leave_group(self, group_jid: str) -> None:
        """Leave a group (``POST /group/leave``).

        Raises:
            ValueError: ``group_jid`` names no group; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(LeaveGroup(group_jid=group_jid))
