"""A group as the gateway's own struct has it."""

from typing import Any

from recado.simulator.message_head import to_second
from recado.simulator.state.groups import ChatGroup, Member

_VERSIONS = 1774000000000000


def shown_group(group: ChatGroup) -> dict[str, Any]:
    """Return a group in the field order of the struct."""
    created = to_second(group.created)
    return {
        "JID": group.jid,
        "OwnerJID": group.owner,
        "OwnerPN": group.owner,
        "Name": group.name,
        "NameSetAt": created,
        "NameSetBy": group.owner,
        "NameSetByPN": group.owner,
        "Topic": group.topic,
        "TopicID": f"3EB0{group.changes:018X}" if group.topic else "",
        "TopicSetAt": created,
        "TopicSetBy": group.owner,
        "TopicSetByPN": group.owner,
        "TopicDeleted": False,
        "IsLocked": False,
        "IsAnnounce": False,
        "AnnounceVersionID": "",
        "IsEphemeral": False,
        "DisappearingTimer": 0,
        "IsIncognito": False,
        "IsParent": group.is_community,
        "DefaultMembershipApprovalMode": "",
        "LinkedParentJID": group.community,
        "IsDefaultSubGroup": False,
        "IsJoinApprovalRequired": False,
        "AddressingMode": "pn",
        "GroupCreated": created,
        "CreatorCountryCode": "BR",
        "ParticipantVersionID": str(_VERSIONS + group.changes),
        "Participants": [_shown(one, group) for one in group.members.values()],
        "ParticipantCount": len(group.members),
        "MemberAddMode": "all_member_add",
        "Suspended": False,
    }


def _shown(member: Member, group: ChatGroup) -> dict[str, Any]:
    return {
        "JID": member.jid,
        "PhoneNumber": member.jid,
        "LID": "",
        "IsAdmin": member.admin,
        "IsSuperAdmin": member.jid == group.owner,
        "DisplayName": "",
        "Error": 0,
        "AddRequest": None,
    }
