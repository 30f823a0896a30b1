"""The one table that reads the text of the gateway's errors.

Most failures are a 500, lasting or passing alike, so the text must tell. The rules are
tried in order and the first one that fits the whole text and the status decides. What
a status alone already says (``meaning_of_status``) needs no rule, unless it keeps a
later rule from taking its text. The texts about media are next door.
"""

import re

from recado.evolution.known_media_errors import MEDIA_RULES
from recado.evolution.meaning import (
    LASTS,
    LASTS_UNCLEAR,
    OFFLINE,
    OFFLINE_UNCLEAR,
    PASSES,
    REPAIR,
    UNCLEAR,
    Meaning,
    Rule,
    meaning_of_status,
    rule,
)

ANY_SESSION_STATUS = (400, 500)
"""Status, QR code and logout answer 400 for the troubles others call 500."""

LICENCE_CODE = "LICENSE_REQUIRED"
LICENCE_STATUSES = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503)


# What the gateway puts in front of a cause while it prepares a message: at this point
# nothing has been sent.
_LOOKUPS = (
    "get device list|get group members|send usync query"
    "|get user info for .+ to fill LID cache"
)
_LOOKING_UP = f"(?:failed to (?:{_LOOKUPS}): )+"
_PREPARING = (
    f"(?:failed to (?:{_LOOKUPS}|refresh media connections|query media connections"
    "|upload sticker|get old group info to update topic): )+"
)
_LOGGING_OUT = "(?:error sending logout request: )?"
_OLD_TOPIC = "failed to get old group info to update topic: "

_LICENCE_AND_BODY = (
    rule(REPAIR, "service not activated", on=(503,)),
    rule(
        PASSES,
        "instance not found",
        "Failed to get instance information",
        on=(500, 404),
    ),
    rule(PASSES, "Failed to contact licensing server", on=(502,)),
    rule(
        REPAIR,
        "Licensing server error",
        "(?:Exchange|Activation) failed",
        "Missing code parameter",
        "Invalid or expired code",
        on=LICENCE_STATUSES,
    ),
    rule(PASSES, "Failed to read request body", on=(400,)),
    rule(LASTS, "Failed to process request"),
    # the stored proxy text, not the request, is broken
    rule(REPAIR, "unexpected end of JSON input", "invalid character .+"),
)

_SESSION_DOWN = (
    rule(
        OFFLINE,
        "client disconnected",
        "no active session found",
        on=ANY_SESSION_STATUS,
    ),
    rule(
        OFFLINE,
        "failed to connect client: (?:client disconnected|no active session found)",
        r"failed to (?:connect client|send (?:text|link|media (?:file|url)|poll))"
        r" after \d+ attempts",
        "(?:failed to send message node: )?the store doesn't contain a device JID",
        "(?:.*: )?client is nil",
        "client is not (?:connected|logged in) to WhatsApp",
        f"(?:failed to (?:{_LOOKUPS}|send message node|refresh media connections"
        "|query media connections|upload sticker): |error sending logout request: )*"
        "(?:websocket not connected|frame socket is closed)",
        f"{_PREPARING}(?:.*: )?websocket disconnected before info query"
        r"(?: \(retry\))? returned response",
        "can't send presence without PushName set",
        "no app state keys found, creating app state keys is not yet supported",
    ),
    rule(
        OFFLINE_UNCLEAR,
        r"websocket disconnected before message send(?: \(retry\))? returned response",
        "failed to (?:connect|login)",
    ),
    rule(
        OFFLINE_UNCLEAR,
        r"websocket disconnected before info query(?: \(retry\))? returned response",
        on=ANY_SESSION_STATUS,
        after=_LOGGING_OUT,
    ),
    rule(OFFLINE, "ignoring logout as it was not connected", on=(400,)),
    rule(PASSES, "failed to (?:start|get) instance: .+", on=ANY_SESSION_STATUS),
)

_RECIPIENT_OR_CONTENT = (
    rule(
        LASTS,
        "number .+ is not registered on WhatsApp",
        "could not parse phone: .*",
        "could not parse formatted phone",
        "missing (?:Participant|StanzaId) in ContextInfo",
        "invalid phone number",
        "invalid group jid",
        "error parse community jid",
        "message recipient must be a user JID with no device part",
        "can't send message to unknown server.*",
        "unknown user server '.*'",
        "no LID found for .+ from server",
        "(?:failed to get (?:group members|old group info to update topic): )?"
        "(?:that group does not exist|you're not participating in that group)",
        "failed to get broadcast list members: "
        "sending to non-status broadcast lists is not yet supported",
        "missing id in payload",
        "invalid media type",
        "invalid messageType: .*",
        r"Invalid file format: '.*'\. Only .+ (?:is|are) accepted",
        "invalid sticker URL",
    ),
)

_ON_THE_WIRE = (
    rule(LASTS, "server returned error (?:40[013456]|410|463)"),
    rule(PASSES, r"server returned error \d+"),
    rule(
        PASSES,
        ".*(?:info query timed out|context deadline exceeded)",
        after=f"(?:failed to (?:{_LOOKUPS}|get broadcast list members"
        "|get status privacy): )+",
    ),
    rule(
        LASTS,
        r"info query returned status 4(?!23|29)\d\d: .*",
        after=_LOOKING_UP,
    ),
    rule(
        PASSES,
        f"failed to (?:{_LOOKUPS}|get broadcast list members|get LID for PN .+"
        "|fetch LID mappings|prefetch sessions|save cached sessions"
        "|get privacy token.*|get phone number for LID .+"
        "|create sender key distribution message .+"
        "|marshal sender key distribution message .+"
        "|encrypt (?:group|peer) message .+"
        "|add message to retry store|marshal message for retry store"
        "|clear old messages from retry store|marshal node"
        "|clear untrusted identity): .+",
    ),
    rule(
        LASTS_UNCLEAR,
        r"failed to (?:un)?marshal message(?: \(for own devices\))?: .+",
        "json: (?:unsupported|error calling) .+",
    ),
)

_QUERIES = (
    rule(
        UNCLEAR,
        "info query timed out",
        "context deadline exceeded",
        "context canceled",
        on=ANY_SESSION_STATUS,
        after=_LOGGING_OUT,
    ),
    rule(
        PASSES,
        rf"{_OLD_TOPIC}(?!info query returned status 4|.*websocket).+",
        r"info query returned status 4[12]9: .*",
    ),
    rule(UNCLEAR, r"info query returned status (?:408|423|5\d\d): .*"),
    rule(
        LASTS,
        r"info query returned status 4\d\d: .*",
        on=ANY_SESSION_STATUS,
        after=f"(?:error sending logout request: |{_OLD_TOPIC})?",
    ),
    rule(
        LASTS,
        "that group invite link (?:is not valid|has been revoked)",
        "you don't have the permission to get the group's invite link",
        "the user has hidden their profile picture from you",
        "that user or group does not have a profile picture",
        "no profile picture found",
        "graphql error: .+",
        "argo decoding is currently broken",
    ),
    # the change itself went through; only reading it back failed
    rule(UNCLEAR, "failed to fetch app state after sending update: .+"),
    rule(
        PASSES,
        "failed to (?:get latest app state key ID"
        "|(?:get|reset|fetch|decode) app state .+): .+",
    ),
    rule(
        LASTS,
        "(?:.*: )?download failed with status code (?:403|404|410)",
        "(?:.*: )?hash of media .+",
        "(?:.*: )?invalid media hmac",
        "(?:.*: )?file too short",
        "(?:.*: )?file length does not match.*",
        "(?:.*: )?no url present",
        "(?:.*: )?media download path does not start with slash.*",
        "(?:.*: )?failed to decrypt file: .+",
        "(?:.*: )?unknown media type.*",
        after="Failed to download (?:image|audio|document|video|sticker) ",
    ),
    rule(PASSES, "Failed to download (?:image|audio|document|video|sticker) .+"),
)

_INSTANCES = (
    rule(REPAIR, "mkdir .+", "erro ao (?:abrir|ler) arquivo de log: .+"),
    rule(
        UNCLEAR,
        "error deleting data from store: .+",
        "error sending logout request: .+",
        "can't logout with Messenger credentials",
        on=(400,),
    ),
    rule(
        LASTS,
        "instance already exists",
        r"ERROR: duplicate key value violates unique constraint .+\(SQLSTATE 23505\)",
        "invalid UUID format: .+",
        "ERROR: invalid input syntax for type uuid: .+",
        "record not found",
        "client already connected",
        "proxy (?:configuration|data) cannot be nil",
        "failed to marshal proxy configuration: .+",
        "data inicial não pode ser posterior à data final",
        "nível de log inválido: .*",
    ),
    rule(
        PASSES,
        r"no QR code available\. Please wait a moment and try again",
        "invalid QR code format",
        on=(400,),
    ),
    rule(LASTS, "No votes found for this poll", on=(404,)),
    rule(PASSES, "Failed to fetch poll results"),
    # the gateway's own database; on a 400 too
    rule(
        UNCLEAR,
        "(?:sql|driver|pq): .+",
        "failed to connect to `.+",
        "conn closed",
        r"(?:ERROR|FATAL): .+\(SQLSTATE [0-9A-Z]{5}\)",
        "(?:dial|read|write) tcp .+",
        on=(400,),
    ),
)

RULES: tuple[Rule, ...] = (
    *_LICENCE_AND_BODY,
    *_SESSION_DOWN,
    *_RECIPIENT_OR_CONTENT,
    *MEDIA_RULES,
    *_ON_THE_WIRE,
    *_QUERIES,
    *_INSTANCES,
)


def meaning_of(status: int, text: str) -> Meaning:
    """Return what a failed answer means. ``text`` is its ``error``, "" if none.

    ``status`` is 300 or above.
    """
    for known in RULES:
        # a tool's own output, with line breaks, can be part of the text
        if status in known.statuses and re.fullmatch(known.text, text, re.DOTALL):
            return known.meaning
    return meaning_of_status(status)
