"""Newsletters (channels): make, find and read them."""

from typing import Any

from recado.simulator.answer import DONE, Answer, success
from recado.simulator.body import Body
from recado.simulator.fields import Field, Fields, jid, text, whole
from recado.simulator.message_head import to_second
from recado.simulator.number_checks import named
from recado.simulator.route import Call, Route
from recado.simulator.state.newsletters import Newsletter, Post

_INVITE = "https://whatsapp.com/channel/"
_USUAL_COUNT = 50


def create_newsletter(call: Call) -> Answer:
    """``POST /newsletter/create``."""
    made = call.simulation.newsletters.create(
        name=call.text("name"),
        description=call.text("description"),
        owner=call.instance.name,
        created=call.simulation.outside.clock.now(),
    )
    return success(_shown(made, call.instance.name))


def list_newsletters(call: Call) -> Answer:
    """``GET /newsletter/list``: those that the account made."""
    name = call.instance.name
    return success(
        [_shown(one, name) for one in call.simulation.newsletters if one.owner == name]
    )


def newsletter_info(call: Call) -> Answer:
    """``POST /newsletter/info``."""
    found = call.simulation.newsletters.find(call.text("jid"))
    if found is None:
        return call.fails("newsletter_refused")
    return success(_shown(found, call.instance.name))


def newsletter_by_link(call: Call) -> Answer:
    """``POST /newsletter/link``: by the code or the whole link."""
    code = call.text("key").removeprefix(_INVITE)
    found = call.simulation.newsletters.find_by_invite(code)
    if found is None:
        return call.fails("newsletter_refused")
    return success(_shown(found, None))


def subscribe(call: Call) -> Answer:
    """``POST /newsletter/subscribe``: to live updates; it follows nothing."""
    found = call.simulation.newsletters.find(call.text("jid"))
    if found is None:
        return call.fails("newsletter_refused")
    found.watchers.add(call.instance.name)
    return DONE


def newsletter_messages(call: Call) -> Answer:
    """``POST /newsletter/messages``: the newest before ``before_id``."""
    found = call.simulation.newsletters.find(call.text("jid"))
    if found is None:
        return call.fails("newsletter_refused")
    before = call.values.get("before_id", 0)
    count = call.values.get("count", 0)
    older = [one for one in found.posts if before <= 0 or one.server_id < before]
    newest = older[-(count if count > 0 else _USUAL_COUNT) :]
    return success([_shown_post(one) for one in newest])


def _shown(newsletter: Newsletter, viewer: str | None) -> dict[str, Any]:
    role = "owner" if newsletter.owner == viewer else "guest"
    seconds = str(int(newsletter.created.timestamp()))
    no_picture = {"url": "", "id": "", "type": "", "direct_path": "", "hash": None}
    return {
        "id": newsletter.jid,
        "state": {"type": "active"},
        "thread_metadata": {
            "creation_time": seconds,
            "invite": newsletter.invite,
            "name": {
                "text": newsletter.name,
                "id": seconds,
                "update_time": seconds,
            },
            "description": {
                "text": newsletter.description,
                "id": "",
                "update_time": seconds,
            },
            "subscribers_count": str(len(newsletter.watchers)),
            "verification": "unverified",
            "picture": None,
            "preview": no_picture,
            "settings": {"reaction_codes": {"value": "all"}},
        },
        "viewer_metadata": None if viewer is None else {"mute": "off", "role": role},
    }


def _shown_post(post: Post) -> dict[str, Any]:
    return {
        "MessageServerID": post.server_id,
        "MessageID": post.id,
        "Type": "text" if post.type == "ExtendedTextMessage" else "media",
        "Timestamp": to_second(post.at),
        "ViewsCount": 0,
        "ReactionCounts": {},
        "Message": post.message,
    }


def _body(struct: str, *fields: Field) -> Body:
    return Body(struct=struct, fields=Fields(*fields), check=named("newsletterId"))


_JID = jid("jid", "jid is required")

ROUTES = (
    Route(
        "POST",
        "/newsletter/create",
        create_newsletter,
        Body(
            struct="CreateNewsletterStruct",
            fields=Fields(text("name", "name is required"), text("description")),
        ),
    ),
    Route("GET", "/newsletter/list", list_newsletters),
    Route(
        "POST",
        "/newsletter/info",
        newsletter_info,
        _body("GetNewsletterStruct", _JID),
    ),
    Route(
        "POST",
        "/newsletter/link",
        newsletter_by_link,
        _body("GetNewsletterInviteStruct", text("key", "key is required")),
    ),
    Route(
        "POST", "/newsletter/subscribe", subscribe, _body("GetNewsletterStruct", _JID)
    ),
    Route(
        "POST",
        "/newsletter/messages",
        newsletter_messages,
        _body("GetNewsletterMessagesStruct", _JID, whole("count"), whole("before_id")),
    ),
)
