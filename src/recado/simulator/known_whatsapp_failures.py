"""What WhatsApp and its library say through the gateway: texts and statuses."""

from recado.simulator.known_error import KnownError

WHATSAPP_FAILURES = {
    "not_logged_in": KnownError("the store doesn't contain a device JID"),
    "client_is_nil": KnownError("client is nil"),
    "socket_closed_before_send": KnownError("websocket not connected"),
    "disconnected_awaiting_ack": KnownError(
        "websocket disconnected before message send returned response"
    ),
    "disconnected_during_preparation": KnownError(
        "failed to get device list: failed to send usync query: websocket "
        "disconnected before info query returned response"
    ),
    "disconnected_during_query": KnownError(
        "websocket disconnected before info query returned response", (500, 400)
    ),
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
    "upload_refused": KnownError("upload failed with status code 413"),
    "upload_failed": KnownError("upload failed with status code 503"),
    "not_a_picture": KnownError("the given data is not a valid image"),
    "frame_too_large": KnownError(
        "failed to send message node: frame too large (got 16777300 bytes, max "
        "16777216 bytes)"
    ),
    "ack_timeout": KnownError("timed out waiting for message send response"),
    "nack_reachout_limit": KnownError("server returned error 463"),
    "nack_permanent": KnownError("server returned error 403"),
    "nack_other": KnownError("server returned error 479"),
    "query_timeout_before_send": KnownError(
        "failed to get device list: failed to send usync query: info query timed out"
    ),
    "preparation_rate_limited": KnownError(
        "failed to get device list: failed to send usync query: info query returned "
        "status 429: rate-overlimit"
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
    "no_push_name": KnownError("can't send presence without PushName set"),
    "query_timeout": KnownError("info query timed out", (500, 400)),
    "group_topic_lookup_failed": KnownError(
        "failed to get old group info to update topic: info query timed out"
    ),
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
    "invite_link": KnownError("that group invite link is not valid"),
    "avatar_absent": KnownError("that user or group does not have a profile picture"),
    "app_state_keys_missing": KnownError(
        "no app state keys found, creating app state keys is not yet supported"
    ),
    "app_state_refused": KnownError(
        'server returned error updating app state (regular_low): <error code="409" '
        'text="conflict"/>'
    ),
    "app_state_read_back": KnownError(
        "failed to fetch app state after sending update: info query timed out"
    ),
    "app_state_other": KnownError(
        "failed to get latest app state key ID: driver: bad connection"
    ),
    "newsletter_refused": KnownError("graphql error: 404 Not Found (CRITICAL)"),
}
