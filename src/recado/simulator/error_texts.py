"""The errors of the gateway that can be asked for by their name."""

from dataclasses import dataclass

from recado import wire
from recado.simulator.answer import CRASHED, Answer, failure

SESSION_ROUTES = frozenset(
    {"GET /instance/status", "GET /instance/qr", "DELETE /instance/logout"}
)
"""Answer 400 for the troubles that others call 500."""


@dataclass(frozen=True, slots=True)
class KnownError:
    """The text of an error and its statuses, the usual one first."""

    text: str
    statuses: tuple[int, ...] = (500,)


_DEVICES = "failed to get device list: failed to send usync query"

KNOWN_ERRORS = {
    "licence_required": KnownError("service not activated", (503,)),
    "not_authorized": KnownError("not authorized", (401,)),
    "instance_missing_in_context": KnownError("instance not found"),
    "body_read_failed": KnownError("Failed to read request body", (400,)),
    "invalid_json": KnownError("Invalid JSON format", (400,)),
    "reencode_failed": KnownError("Failed to process request"),
    "number_format": KnownError("Invalid number format: invalid number format", (400,)),
    "named_field_empty": KnownError("number is required and cannot be empty", (400,)),
    "number_shape": KnownError("number must be a string or array of strings", (400,)),
    "json_type": KnownError(
        "json: cannot unmarshal array into Go struct field TextStruct.number "
        "of type string",
        (400,),
    ),
    "json_syntax": KnownError("unexpected EOF", (400,)),
    "field_message_body_is_required": KnownError("message body is required", (400,)),
    "field_phone_number_is_required": KnownError("phone number is required", (400,)),
    "client_disconnected": KnownError("client disconnected", (500, 400)),
    "no_active_session": KnownError("no active session found", (500, 400)),
    "failed_to_connect_client": KnownError(
        "failed to connect client: client disconnected"
    ),
    "attempts_used_up": KnownError("failed to send text after 3 attempts"),
    "not_logged_in": KnownError("the store doesn't contain a device JID"),
    "client_is_nil": KnownError("client is nil"),
    "socket_closed_before_send": KnownError("websocket not connected"),
    "disconnected_awaiting_ack": KnownError(
        "websocket disconnected before message send returned response"
    ),
    "disconnected_during_preparation": KnownError(
        f"{_DEVICES}: websocket disconnected before info query returned response"
    ),
    "disconnected_during_query": KnownError(
        "websocket disconnected before info query returned response", (500, 400)
    ),
    "number_not_registered": KnownError(
        "number +5531888888888@s.whatsapp.net is not registered on WhatsApp"
    ),
    "phone_unparsable": KnownError("could not parse formatted phone"),
    "quote_fields": KnownError("missing Participant in ContextInfo"),
    "recipient_has_device": KnownError(
        "message recipient must be a user JID with no device part"
    ),
    "unknown_jid_server": KnownError("can't send message to unknown server c.us"),
    "no_lid_for_number": KnownError(
        "no LID found for 5511999999999@s.whatsapp.net from server"
    ),
    "group_gone_or_not_member": KnownError("that group does not exist"),
    "broadcast_unsupported": KnownError(
        "failed to get broadcast list members: sending to non-status broadcast lists "
        "is not yet supported"
    ),
    "frame_too_large": KnownError(
        "failed to send message node: frame too large (got 16777300 bytes, "
        "max 16777216 bytes)"
    ),
    "ack_timeout": KnownError("timed out waiting for message send response"),
    "nack_reachout_limit": KnownError("server returned error 463"),
    "nack_permanent": KnownError("server returned error 403"),
    "nack_other": KnownError("server returned error 479"),
    "query_timeout_before_send": KnownError(f"{_DEVICES}: info query timed out"),
    "preparation_rate_limited": KnownError(
        f"{_DEVICES}: info query returned status 429: rate-overlimit"
    ),
    "preparation_refused": KnownError(
        "failed to get group members: info query returned status 401: not-authorized"
    ),
    "preparation_failed": KnownError(
        "failed to prefetch sessions: driver: bad connection"
    ),
    "write_failed": KnownError(
        "failed to send message node: failed to write msg: write tcp: broken pipe"
    ),
    "encode_failed": KnownError("failed to unmarshal message: x"),
    "event_encode_failed": KnownError("json: unsupported value: NaN"),
    "no_push_name": KnownError("can't send presence without PushName set"),
    "query_timeout": KnownError("info query timed out", (500, 400)),
    "query_rate_limited": KnownError("info query returned status 429: rate-overlimit"),
    "query_server_trouble": KnownError(
        "info query returned status 503: service-unavailable"
    ),
    "query_refused": KnownError(
        "info query returned status 403: forbidden", (500, 400)
    ),
    "query_odd_answer": KnownError(
        "missing <group> element in response to create group query"
    ),
    "database_down": KnownError("sql: database is closed", (500, 400)),
}

PANIC = "panic"
"""A crash inside the gateway: it has no text at all."""

NAMES = (*KNOWN_ERRORS, PANIC)


def answer_with_error(name: str, route: str) -> Answer:
    """Return the answer of a route that fails with an error of ``NAMES``."""
    if name == PANIC:
        return CRASHED
    if name == "licence_required":
        return licence_refusal()
    known = KNOWN_ERRORS[name]
    speaks_400 = route in SESSION_ROUTES and 400 in known.statuses  # noqa: PLR2004 -- an HTTP status
    return failure(400 if speaks_400 else known.statuses[0], known.text)


def licence_refusal() -> Answer:
    """Return what every route says until an operator has activated the licence."""
    known = KNOWN_ERRORS["licence_required"]
    body = {
        "code": "LICENSE_REQUIRED",
        "error": known.text,
        "message": "Activate the licence to use this service.",
        "register_url": "/license/register",
    }
    return Answer(status=known.statuses[0], body=wire.encode(body))
