"""Groups: make, find, change, fill, join and leave them."""

from recado.simulator.answer import DONE, Answer, success
from recado.simulator.body import Body
from recado.simulator.fields import Field, Fields, flag, jid, text, texts
from recado.simulator.group_shape import shown_group
from recado.simulator.number_checks import each_of, named, number_always
from recado.simulator.recipient import PERSON, address_of, person_of
from recado.simulator.route import Call, Route
from recado.simulator.state.groups import ChatGroup, Member

_INVITE = "https://chat.whatsapp.com/"
_PICTURES = ("data:image/jpeg;base64,", "data:image/png;base64,")
_ACTIONS = ("add", "remove", "promote", "demote")


def list_groups(call: Call) -> Answer:
    """``GET /group/list``: those that the account is in."""
    mine = call.simulation.groups.of(call.instance.jid)
    return success([shown_group(group) for group in mine])


def my_groups(call: Call) -> Answer:
    """``GET /group/myall``: those that the account made; null for none."""
    mine = call.simulation.groups.of(call.instance.jid)
    own = [shown_group(group) for group in mine if group.owner == call.instance.jid]
    return success(own or None)


def create_group(call: Call) -> Answer:
    """``POST /group/create``: who is not on WhatsApp is not added."""
    outside = call.simulation.outside
    group = call.simulation.groups.create(
        name=call.text("groupName"),
        owner=call.instance.jid,
        created=outside.clock.now(),
        invite=outside.token(11),
    )
    wanted = [_person(one) for one in call.values["participants"] if one]
    added = [one for one in wanted if _registered(call, one)]
    group.members |= {one: Member(jid=one) for one in added}
    return success(
        {
            "jid": group.jid,
            "name": group.name,
            "owner": group.owner,
            "added": list(group.members),
            "failed": [one for one in wanted if one not in added] or None,
        }
    )


def group_info(call: Call) -> Answer:
    """``POST /group/info``."""
    found = find_group(call, call.text("groupJid"))
    return found if isinstance(found, Answer) else success(shown_group(found))


def group_invite_link(call: Call) -> Answer:
    """``POST /group/invitelink``: ``reset`` makes another and revokes the former."""
    found = find_group(call, call.text("groupJid"))
    if isinstance(found, Answer):
        return found
    if call.values.get("reset"):
        found.invite = call.simulation.outside.token(11)
    return success(_INVITE + found.invite)


def set_group_photo(call: Call) -> Answer:
    """``POST /group/photo``: an address is not fetched."""
    found = find_group(call, call.text("groupJid"))
    if isinstance(found, Answer):
        return found
    image = call.text("image")
    if not image.startswith(("http://", "https://", *_PICTURES)):
        return call.fails("group_photo_source")
    found.picture = str(1774000000 + found.changes)
    found.changes += 1
    return success(found.picture)


def set_group_name(call: Call) -> Answer:
    """``POST /group/name``."""
    return _changed(call, "name", call.text("name"))


def set_group_description(call: Call) -> Answer:
    """``POST /group/description``: an empty one clears it."""
    return _changed(call, "topic", call.text("description"))


def update_participants(call: Call) -> Answer:
    """``POST /group/participant``: what failed for whom is not told."""
    found = find_group(call, call.text("groupJid"))
    if isinstance(found, Answer):
        return found
    action = call.text("action")
    if action not in _ACTIONS:
        return call.fails_with("info query returned status 400: bad-request")
    for one in call.values["participants"]:
        if one:
            _act(call, found, action=action, one=_person(one))
    found.changes += 1
    return DONE


def join_group(call: Call) -> Answer:
    """``POST /group/join``: by the code or the whole link."""
    code = call.text("code").removeprefix(_INVITE)
    found = call.simulation.groups.find_by_invite(code)
    if found is None:
        return call.fails("invite_link")
    found.members.setdefault(call.instance.jid, Member(jid=call.instance.jid))
    return DONE


def leave_group(call: Call) -> Answer:
    """``POST /group/leave``: leaving twice leaves nothing to leave."""
    group = call.simulation.groups.find(call.text("groupJid"))
    if group is None:
        return call.fails_with("info query returned status 404: item-not-found")
    group.members.pop(call.instance.jid, None)
    return DONE


def find_group(call: Call, written: str) -> ChatGroup | Answer:
    """Return a group that the account is in, or the refusal."""
    address = address_of(written)
    if address is None:
        return call.fails_with("invalid group jid")
    group = call.simulation.groups.find(address)
    if group is None:
        return call.fails_with("that group does not exist")
    if call.instance.jid not in group.members:
        return call.fails_with("you're not participating in that group")
    return group


def _changed(call: Call, name: str, value: str) -> Answer:
    found = find_group(call, call.text("groupJid"))
    if isinstance(found, Answer):
        return found
    setattr(found, name, value)
    found.changes += 1
    return DONE


def _act(call: Call, group: ChatGroup, *, action: str, one: str) -> None:
    if action == "add" and _registered(call, one):
        group.members.setdefault(one, Member(jid=one))
    elif action == "remove":
        group.members.pop(one, None)
    elif one in group.members and action != "add":
        group.members[one].admin = action == "promote"


def _person(written: str) -> str:
    user, at, server = written.partition("@")
    return f"{person_of(user)}@{server if at else PERSON}"


def _registered(call: Call, one: str) -> bool:
    return call.simulation.behaviour.is_registered(person_of(one))


def _body(struct: str, *fields: Field) -> Body:
    return Body(
        struct=struct,
        fields=Fields(text("groupJid", "groupJID is required"), *fields),
        check=number_always,
    )


_JID = jid("groupJid", "groupJid is required")
_PARTICIPANTS = texts("participants", "participants are required")

ROUTES = (
    Route("GET", "/group/list", list_groups),
    Route("GET", "/group/myall", my_groups),
    Route("POST", "/group/info", group_info, _body("GetGroupInfoStruct")),
    Route(
        "POST",
        "/group/invitelink",
        group_invite_link,
        _body("GetGroupInviteLinkStruct", flag("reset")),
    ),
    Route(
        "POST",
        "/group/photo",
        set_group_photo,
        _body("SetGroupPhotoStruct", text("image", "image is required")),
    ),
    Route(
        "POST",
        "/group/name",
        set_group_name,
        _body("SetGroupNameStruct", text("name", "name is required")),
    ),
    Route(
        "POST",
        "/group/description",
        set_group_description,
        _body("SetGroupDescriptionStruct", text("description")),
    ),
    Route(
        "POST",
        "/group/create",
        create_group,
        Body(
            struct="CreateGroupStruct",
            fields=Fields(text("groupName", "groupName is required"), _PARTICIPANTS),
            check=each_of("participants"),
        ),
    ),
    Route(
        "POST",
        "/group/participant",
        update_participants,
        Body(
            struct="AddParticipantStruct",
            fields=Fields(_JID, _PARTICIPANTS, text("action", "action is required")),
            # an array is no text: no JSON body passes, as it is there
            check=named("number", "participants"),
        ),
    ),
    Route(
        "POST",
        "/group/join",
        join_group,
        Body(
            struct="JoinGroupStruct",
            fields=Fields(
                text("code", "code is required"),
            ),
        ),
    ),
    Route(
        "POST",
        "/group/leave",
        leave_group,
        Body(
            struct="LeaveGroupStruct",
            fields=Fields(
                _JID,
            ),
            check=number_always,
        ),
    ),
)
