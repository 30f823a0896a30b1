"""What the gateway says of requests that it does not take: their texts and statuses."""

from recado.simulator.known_error import KnownError

REFUSALS = {
    "licence_required": KnownError("service not activated", (503,)),
    "not_authorized": KnownError("not authorized", (401,)),
    "ws_bad_token": KnownError("Token inválido", (401,)),
    "poll_authentication_required": KnownError("Authentication required", (401,)),
    "licence_contact_failed": KnownError("Failed to contact licensing server", (502,)),
    "licence_refused": KnownError(
        "Licensing server error", (400, 401, 403, 404, 409, 422, 429, 500, 502, 503)
    ),
    "body_read_failed": KnownError("Failed to read request body", (400,)),
    "invalid_json": KnownError("Invalid JSON format", (400,)),
    "number_format": KnownError("Invalid number format: invalid number format", (400,)),
    "participants_array_refused": KnownError(
        "participants is required and cannot be empty", (400,)
    ),
    "named_field_empty": KnownError("number is required and cannot be empty", (400,)),
    "number_shape": KnownError("number must be a string or array of strings", (400,)),
    "json_type": KnownError(
        "json: cannot unmarshal array into Go struct field TextStruct.number of type "
        "string",
        (400,),
    ),
    "json_syntax": KnownError("unexpected EOF", (400,)),
    "query_number": KnownError('strconv.ParseInt: parsing "a": invalid syntax', (400,)),
    "jid_syntax": KnownError("unexpected number of dots in JID", (400,)),
    "field_url_is_required": KnownError("URL is required", (400,)),
    "field_action_is_required": KnownError("action is required", (400,)),
    "field_address_is_required": KnownError("address is required", (400,)),
    "field_button_text_is_required": KnownError("button text is required", (400,)),
    "field_call_add_is_required": KnownError("call add is required", (400,)),
    "field_chat_is_required": KnownError("chat is required", (400,)),
    "field_code_is_required": KnownError("code is required", (400,)),
    "field_community_jid_is_required": KnownError("community jid is required", (400,)),
    "field_community_name_is_required": KnownError(
        "community name is required", (400,)
    ),
    "field_contact_full_name_is_required": KnownError(
        "contact full name is required", (400,)
    ),
    "field_contact_phone_number_is_required": KnownError(
        "contact phone number is required", (400,)
    ),
    "field_description_is_required": KnownError("description is required", (400,)),
    "field_file_is_required": KnownError("file is required", (400,)),
    "field_footer_is_required": KnownError("footer is required", (400,)),
    "field_group_add_is_required": KnownError("group add is required", (400,)),
    "field_group_jid_is_required": KnownError("group jid is required", (400,)),
    "field_group_jid_upper_is_required": KnownError("groupJID is required", (400,)),
    "field_group_jid_camel_is_required": KnownError("groupJid is required", (400,)),
    "field_groupname_is_required": KnownError("groupName is required", (400,)),
    "field_host_is_required": KnownError("host is required", (400,)),
    "field_id_is_required": KnownError("id is required", (400,)),
    "field_image_is_required": KnownError("image is required", (400,)),
    "field_instanceid_is_required": KnownError("instanceId is required", (400,)),
    "field_invalid_delay": KnownError("invalid delay", (400,)),
    "field_jid_is_required": KnownError("jid is required", (400,)),
    "field_key_is_required": KnownError("key is required", (400,)),
    "field_label_id_is_required": KnownError("label id is required", (400,)),
    "field_last_seen_is_required": KnownError("last seen is required", (400,)),
    "field_latitude_is_required": KnownError("latitude is required", (400,)),
    "field_longitude_is_required": KnownError("longitude is required", (400,)),
    "field_media_type_is_required": KnownError("media type is required", (400,)),
    "field_message_body_is_required": KnownError("message body is required", (400,)),
    "field_message_id_is_required": KnownError("message id is required", (400,)),
    "field_message_is_required": KnownError("message is required", (400,)),
    "field_message_reaction_is_required": KnownError(
        "message reaction is required", (400,)
    ),
    "field_messageid_is_required": KnownError("messageId is required", (400,)),
    "field_minimum_2_options_are_required": KnownError(
        "minimum 2 options are required", (400,)
    ),
    "field_name_is_required": KnownError("name is required", (400,)),
    "field_number_is_required": KnownError("number is required", (400,)),
    "field_online_is_required": KnownError("online is required", (400,)),
    "field_participants_are_required": KnownError("participants are required", (400,)),
    "field_phone_is_required": KnownError("phone is required", (400,)),
    "field_phone_number_is_required": KnownError("phone number is required", (400,)),
    "field_pollmessageid_is_required": KnownError("pollMessageId is required", (400,)),
    "field_port_is_required": KnownError("port is required", (400,)),
    "field_profile_is_required": KnownError("profile is required", (400,)),
    "field_proxy_host_is_required": KnownError("proxy host is required", (400,)),
    "field_proxy_password_is_required": KnownError(
        "proxy password is required", (400,)
    ),
    "field_proxy_port_is_required": KnownError("proxy port is required", (400,)),
    "field_proxy_username_is_required": KnownError(
        "proxy username is required", (400,)
    ),
    "field_question_is_required": KnownError("question is required", (400,)),
    "field_read_receipts_is_required": KnownError("read receipts is required", (400,)),
    "field_state_is_required": KnownError("state is required", (400,)),
    "field_status_is_required": KnownError("status is required", (400,)),
    "field_sticker_is_required": KnownError("sticker is required", (400,)),
    "field_title_is_required": KnownError("title is required", (400,)),
    "field_token_is_required": KnownError("token is required", (400,)),
    "logout_ignored": KnownError("ignoring logout as it was not connected", (400,)),
    "logout_store": KnownError(
        "error deleting data from store: driver: bad connection", (400,)
    ),
    "logout_refused": KnownError(
        "error sending logout request: info query returned status 500: "
        "internal-server-error",
        (400,),
    ),
    "already_logged_in": KnownError("session already logged in", (400,)),
    "qr_not_ready": KnownError(
        "no QR code available. Please wait a moment and try again", (400,)
    ),
    "poll_without_votes": KnownError("No votes found for this poll", (404,)),
}
