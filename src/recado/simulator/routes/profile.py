"""How an account shows itself, and to whom."""

from urllib.parse import urlsplit

from recado.simulator.answer import Answer, success
from recado.simulator.body import Body
from recado.simulator.fields import Fields, text
from recado.simulator.route import Call, Route

_PEOPLE = frozenset({"all", "contacts", "contact_blacklist", "none"})
# field: (the name in the answer, the words it is asked for with, what it can be)
_PRIVACY = {
    "groupAdd": ("GroupAdd", "group add is required", _PEOPLE),
    "lastSeen": ("LastSeen", "last seen is required", _PEOPLE),
    "status": ("Status", "status is required", _PEOPLE),
    "profile": ("Profile", "profile is required", _PEOPLE),
    "readReceipts": (
        "ReadReceipts",
        "read receipts is required",
        frozenset({"all", "none"}),
    ),
    "callAdd": ("CallAdd", "call add is required", frozenset({"all", "known"})),
    "online": ("Online", "online is required", frozenset({"all", "match_last_seen"})),
}


def privacy(call: Call) -> Answer:
    """``GET /user/privacy``."""
    return success(call.account.privacy)


def set_privacy(call: Call) -> Answer:
    """``POST /user/privacy``: what came before a refused value stays set."""
    for name, (shown, _, possible) in _PRIVACY.items():
        if call.values[name] not in possible:
            return call.fails_with("info query returned status 400: bad-request")
        call.account.privacy[shown] = call.values[name]
    return success(call.account.privacy)


def set_picture(call: Call) -> Answer:
    """``POST /user/profilePicture``: the picture is not fetched."""
    image = call.text("image")
    scheme = urlsplit(image).scheme
    if scheme not in ("http", "https"):
        return call.fails_with(f'Get "{image}": unsupported protocol scheme "{scheme}"')
    call.account.picture = image
    return success({"image": image})


def set_name(call: Call) -> Answer:
    """``POST /user/profileName``."""
    call.simulation.change(call.instance, profile_name=call.text("name"))
    return success({"name": call.text("name")})


def set_status(call: Call) -> Answer:
    """``POST /user/profileStatus``."""
    call.account.status_text = call.text("status")
    return success({"status": call.text("status")})


ROUTES = (
    Route("GET", "/user/privacy", privacy),
    Route(
        "POST",
        "/user/privacy",
        set_privacy,
        Body(
            struct="PrivacyStruct",
            fields=Fields(
                *(text(name, needed) for name, (_, needed, _) in _PRIVACY.items())
            ),
        ),
    ),
    Route(
        "POST",
        "/user/profilePicture",
        set_picture,
        Body(
            struct="SetProfilePictureStruct",
            fields=Fields(
                text("image", "image is required"),
            ),
        ),
    ),
    Route(
        "POST",
        "/user/profileName",
        set_name,
        Body(
            struct="SetProfileNameStruct",
            fields=Fields(
                text("name", "name is required"),
            ),
        ),
    ),
    Route(
        "POST",
        "/user/profileStatus",
        set_status,
        # the gateway asks for the wrong field
        Body(
            struct="SetProfileStatusStruct",
            fields=Fields(
                text("status", "name is required"),
            ),
        ),
    ),
)
