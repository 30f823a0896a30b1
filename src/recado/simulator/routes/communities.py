"""Communities, and the groups that belong to them."""

from collections.abc import Callable

from recado.simulator.answer import Answer, success
from recado.simulator.body import Body
from recado.simulator.fields import Fields, text, texts
from recado.simulator.group_shape import shown_group
from recado.simulator.number_checks import named
from recado.simulator.recipient import address_of
from recado.simulator.route import Call, Handler, Route
from recado.simulator.state.groups import ChatGroup


def create_community(call: Call) -> Answer:
    """``POST /community/create``."""
    outside = call.simulation.outside
    community = call.simulation.groups.create(
        name=call.text("communityName"),
        owner=call.instance.jid,
        created=outside.clock.now(),
        invite=outside.token(11),
    )
    community.is_community = True
    return success(shown_group(community))


def for_each_group(change: Callable[[ChatGroup, str], None]) -> Handler:
    """Return the handler that changes groups one by one.

    It answers 200 also when each failed, and ``success`` holds what the gateway puts
    there: the failed ones and the last one.
    """

    def answer(call: Call) -> Answer:
        community = address_of(call.text("communityJid"))
        if community is None:
            return call.fails_with("error parse community jid")
        wanted: list[str] = call.values["groupJid"]
        failed = [
            one for one in wanted if not _change(call, community, one, change=change)
        ]
        return success({"failed": failed or None, "success": [*failed, wanted[-1]]})

    return answer


def _change(
    call: Call,
    community: str,
    written: str,
    *,
    change: Callable[[ChatGroup, str], None],
) -> bool:
    groups, own = call.simulation.groups, call.instance.jid
    parent, group = groups.find(community), groups.find(written)
    fits = (
        parent is not None
        and parent.is_community
        and group is not None
        and own in parent.members
        and own in group.members
    )
    if fits and group is not None:
        change(group, community)
    return fits


def _link(group: ChatGroup, community: str) -> None:
    group.community = community


def _unlink(group: ChatGroup, community: str) -> None:
    if group.community == community:
        group.community = ""


_LINK = Body(
    struct="AddParticipantStruct",
    fields=Fields(
        text("communityJid", "community jid is required"),
        texts("groupJid", "group jid is required"),
    ),
    check=named("number", "communityId"),
)

ROUTES = (
    Route(
        "POST",
        "/community/create",
        create_community,
        Body(
            struct="CreateCommunityStruct",
            fields=Fields(
                text("communityName", "community name is required"),
            ),
        ),
    ),
    Route("POST", "/community/add", for_each_group(_link), _LINK),
    Route("POST", "/community/remove", for_each_group(_unlink), _LINK),
)
