"""The commands that send messages."""

from recado.cli.evo.argument import (
    ADDRESS,
    ARRAY,
    BOOLEAN,
    DECIMAL,
    FILE,
    INTEGER,
    LIST,
    NUMBER,
    NUMBERS,
    OBJECT,
    SWITCH,
    Argument,
    Row,
)

TO = Argument("number", "phone number with country code, or a JID", kind=NUMBER)
SENT = (
    Argument("--delay", 'milliseconds of "typing…" first, to 60000', kind=INTEGER),
    Argument(
        "--quoted",
        'message to reply to: {"messageId": "…", "participant": "…"}',
        kind=OBJECT,
    ),
    Argument("--formatJid", "false takes NUMBER as it stands", kind=BOOLEAN),
)
NAMED = (
    *SENT,
    Argument("--mentionAll", "mention everybody; in groups", kind=SWITCH),
    Argument("--mentionedJid", "whom to mention, a,b; in groups", kind=NUMBERS),
    Argument("--id", "a message id of your own; the same id is shown once"),
    Argument(
        "--idempotency-key",
        "a key of your own, such as order-17-paid; the same key is shown once, also "
        "when the program starts again",
    ),
)
UNNAMED = (
    "The gateway lets nobody name this message, so it is tried again only when it is "
    "certain that nothing was sent."
)

ROWS = (
    Row(
        "send_text",
        "sends:SendText",
        "Send a text.",
        TO,
        Argument("text", "what to say"),
        *NAMED,
    ),
    Row(
        "send_link",
        "sends:SendLink",
        "Send a text with a preview of its link.",
        TO,
        Argument("--url", "the link; not needed if it is in the text", kind=ADDRESS),
        Argument("--text", "what to say"),
        Argument("--title", "title, where the page has none"),
        Argument("--description", "description, where the page has none"),
        Argument("--imgUrl", "picture, where the page has none", kind=ADDRESS),
        *NAMED,
        hint="The gateway looks for the link in the text; if it is not there, it is "
        "added.",
    ),
    Row(
        "send_media",
        "media:SendMedia",
        "Send a picture, film, sound or document.",
        TO,
        Argument("--url", "where the gateway fetches it", kind=ADDRESS),
        Argument("--file", "a file of yours to upload instead", kind=FILE),
        Argument(
            "--type",
            "what it is; audio becomes a voice note, ptv is a round video note",
            choices=("image", "video", "audio", "document", "ptv"),
            required=True,
        ),
        Argument("--caption", "text below it"),
        Argument("--filename", "name that is shown for a document"),
        *NAMED,
        hint="Give either --url or --file.",
    ),
    Row(
        "send_poll",
        "sends:SendPoll",
        "Send a poll.",
        TO,
        Argument("--question", "what is asked", required=True),
        Argument("--options", "the answers, a,b", kind=LIST, required=True),
        Argument("--maxAnswer", "how many one may choose; 0: any", kind=INTEGER),
        *NAMED,
    ),
    Row(
        "send_sticker",
        "sends:SendSticker",
        "Send a sticker.",
        TO,
        Argument("--sticker", "where its picture is", kind=ADDRESS, required=True),
        *NAMED,
    ),
    Row(
        "send_location",
        "sends:SendLocation",
        "Send a place.",
        TO,
        Argument(
            "--lat",
            "degrees; south is negative",
            kind=DECIMAL,
            field="latitude",
            required=True,
        ),
        Argument(
            "--lng",
            "degrees; west is negative",
            kind=DECIMAL,
            field="longitude",
            required=True,
        ),
        Argument("--name", "what it is called"),
        Argument("--address", "where it is"),
        *NAMED,
    ),
    Row(
        "send_contact",
        "sends:SendContact",
        "Send somebody's contact card.",
        TO,
        Argument("--fullName", "the name on the card", required=True),
        Argument("--phone", "the phone number on the card", required=True),
        Argument("--org", "the company on the card", field="organization"),
        *NAMED,
    ),
    Row(
        "send_buttons",
        "interactive:SendButtons",
        "Send a message with buttons.",
        TO,
        Argument("--title", "heading", required=True),
        Argument("--description", "what to say", required=True),
        Argument("--footer", "small text below", required=True),
        Argument(
            "--buttons",
            'array of {"type": "reply", "displayText": "…", "id": "…"}; types are '
            "reply, copy, url, call and pix",
            kind=ARRAY,
            required=True,
        ),
        *SENT,
        hint=UNNAMED,
    ),
    Row(
        "send_list",
        "interactive:SendList",
        "Send a message with a list to choose from.",
        TO,
        Argument("--title", "heading", required=True),
        Argument("--description", "what to say", required=True),
        Argument("--footerText", "small text below", required=True),
        Argument("--buttonText", "text of the button", required=True),
        Argument(
            "--sections",
            'array of {"title": "…", "rows": [{"title": "…", "rowId": "…"}]}',
            kind=ARRAY,
            required=True,
        ),
        *SENT,
        hint=UNNAMED,
    ),
)
