"""What the gateway says when it fails by itself: texts and statuses."""

from recado.simulator.known_error import KnownError

FAILURES = {
    "instance_missing_in_context": KnownError("instance not found", (500, 404)),
    "reencode_failed": KnownError("Failed to process request"),
    "proxy_setting_unreadable": KnownError("unexpected end of JSON input"),
    "client_disconnected": KnownError("client disconnected", (500, 400)),
    "no_active_session": KnownError("no active session found", (500, 400)),
    "failed_to_connect_client": KnownError(
        "failed to connect client: client disconnected"
    ),
    "attempts_used_up": KnownError("failed to send text after 3 attempts"),
    "avatar_not_ready": KnownError("client is not connected to WhatsApp"),
    "force_reconnect_failed": KnownError("failed to connect"),
    "start_instance_failed": KnownError(
        "failed to start instance: record not found", (500, 400)
    ),
    "number_not_registered": KnownError(
        "number +5531888888888@s.whatsapp.net is not registered on WhatsApp"
    ),
    "phone_unparsable": KnownError("could not parse formatted phone"),
    "quote_fields": KnownError("missing Participant in ContextInfo"),
    "invalid_phone_number": KnownError("invalid phone number"),
    "missing_reaction_target": KnownError("missing id in payload"),
    "invalid_media_type": KnownError("invalid media type"),
    "invalid_file_format": KnownError(
        "Invalid file format: 'text/html; charset=utf-8'. Only 'image/jpeg', "
        "'image/png' and 'image/webp' are accepted"
    ),
    "sticker_not_url": KnownError("invalid sticker URL"),
    "fetch_impossible": KnownError(
        'Get "ftp://x/y": unsupported protocol scheme "ftp"'
    ),
    "fetch_failed": KnownError(
        'Get "https://cdn.example/a.jpg": dial tcp 203.0.113.5:443: connect: '
        "connection refused"
    ),
    "fetch_body_broken": KnownError("unexpected EOF"),
    "picture_undecodable": KnownError(
        "failed to convert image to WebP: failed to decode image: image: unknown format"
    ),
    "fetch_other": KnownError("failed to read image data: gzip: invalid header"),
    "upload_unreadable": KnownError("cannot open file"),
    "sticker_upload_failed": KnownError(
        "failed to upload sticker: upload failed with status code 503"
    ),
    "newsletter_document": KnownError(
        "documentos não são suportados em canais do WhatsApp. Use imagem, vídeo, "
        "áudio ou enquete"
    ),
    "button_rules": KnownError("máximo de 3 botões do tipo 'reply' permitidos"),
    "ffmpeg_missing": KnownError(
        'error during conversion: exec: "ffmpeg": executable file not found in $PATH, '
        "details: "
    ),
    "ffmpeg_failed": KnownError(
        "error during conversion: exit status 1, details: pipe:0: Invalid data found "
        "when processing input"
    ),
    "converter_refused_auth": KnownError(
        "requisição falhou com status: 401, resposta: {}"
    ),
    "converter_refused_input": KnownError(
        "requisição falhou com status: 400, resposta: bad audio"
    ),
    "converter_trouble": KnownError(
        "requisição falhou com status: 502, resposta: bad gateway"
    ),
    "group_photo_source": KnownError(
        'image data should be a valid URL or start with "data:image/jpeg;base64,"'
    ),
    "group_photo_data_url": KnownError("illegal base64 data at input byte 4"),
    "event_encode_failed": KnownError("json: unsupported value: NaN"),
    "mark_read_failed": KnownError("error marking message as read"),
    "profile_set_failed": KnownError("failed to set profile picture"),
    "download_gone": KnownError(
        "Failed to download image download failed with status code 403"
    ),
    "download_failed": KnownError(
        "Failed to download audio failed to refresh media connections: websocket not "
        "connected"
    ),
    "files_dir": KnownError("mkdir files/user_x: permission denied"),
    "instance_exists": KnownError("instance already exists"),
    "duplicate_key": KnownError(
        'ERROR: duplicate key value violates unique constraint "uni_instances_token" '
        "(SQLSTATE 23505)"
    ),
    "bad_uuid": KnownError("invalid UUID format: invalid UUID length: 3"),
    "record_not_found": KnownError("record not found", (500, 400)),
    "already_connected": KnownError("client already connected"),
    "proxy_fields": KnownError("proxy data cannot be nil"),
    "log_arguments": KnownError("data inicial não pode ser posterior à data final"),
    "log_file": KnownError(
        "erro ao abrir arquivo de log: open logs/x: permission denied"
    ),
    "delete_failed": KnownError("erro ao deletar labels: driver: bad connection"),
    "poll_query_failed": KnownError("Failed to fetch poll results"),
    "database_down": KnownError("sql: database is closed", (500, 400)),
}
