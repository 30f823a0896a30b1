"""The commands about messages and chats that are there, and about calls."""

from recado.cli.evo.argument import (
    INTEGER,
    LIST,
    MOMENT,
    NUMBER,
    OBJECT,
    SWITCH,
    Argument,
    Row,
)

IN = Argument("number", "the chat: a phone number or a JID", kind=NUMBER)
CHAT = Argument("--chat", "phone number or JID", kind=NUMBER, required=True)
THIS_CHAT = Argument("chat", "phone number or JID", kind=NUMBER)
MESSAGE = Argument("--id", "id of the message", field="message_id", required=True)

NOT_WORKING = (
    "The gateway's authors mark this route as not working in the present version."
)

ROWS = (
    Row(
        "react",
        "messages:React",
        "React to a message.",
        IN,
        Argument("--id", "id of the message", required=True),
        Argument("--reaction", "an emoji; '' takes it away", required=True),
        Argument("--fromMe", "the message is one of our own", kind=SWITCH),
        Argument("--participant", "its author; in groups", kind=NUMBER),
    ),
    Row(
        "edit_message",
        "messages:EditMessage",
        "Give one of our own texts another wording.",
        CHAT,
        MESSAGE,
        Argument("--message", "the new text", required=True),
    ),
    Row(
        "delete_message",
        "messages:DeleteMessage",
        "Delete one of our own messages for everybody.",
        CHAT,
        MESSAGE,
    ),
    Row(
        "mark_read",
        "messages:MarkRead",
        "Mark messages as read.",
        IN,
        Argument("--ids", "ids of the messages, a,b", kind=LIST, required=True),
    ),
    Row(
        "message_status",
        "messages:MessageStatus",
        "Tell how far a message got.",
        Argument("--id", "id of the message", required=True),
        hint="The server knows it only if it runs with DATABASE_SAVE_MESSAGES.",
    ),
    Row(
        "set_presence",
        "messages:SetPresence",
        'Show "typing…" or "recording…" in a chat, or stop it.',
        IN,
        Argument(
            "--state",
            "what to show",
            choices=("composing", "recording", "paused"),
            required=True,
        ),
        Argument("--isAudio", "composing a voice note", kind=SWITCH),
    ),
    Row(
        "download_media",
        "messages:DownloadMedia",
        "Fetch the file of a message that an event told of.",
        Argument("--message", "the event's data.Message", kind=OBJECT, required=True),
    ),
    *(
        Row(name, f"chats:{call}", line, THIS_CHAT, hint=NOT_WORKING)
        for name, call, line in (
            ("pin_chat", "PinChat", "Keep a chat at the top."),
            ("unpin_chat", "UnpinChat", "Keep a chat at the top no longer."),
            ("archive_chat", "ArchiveChat", "Put a chat into the archive."),
            ("unarchive_chat", "UnarchiveChat", "Take a chat out of the archive."),
            ("mute_chat", "MuteChat", "Mute a chat for one hour."),
            ("unmute_chat", "UnmuteChat", "Mute a chat no longer."),
        )
    ),
    Row(
        "history_sync",
        "chats:HistorySync",
        "Ask the phone for the messages before one.",
        CHAT,
        MESSAGE,
        Argument(
            "--timestamp",
            "when it was sent, such as 2026-03-25T20:00:00Z",
            kind=MOMENT,
            required=True,
        ),
        Argument("--fromMe", "it is one of our own", kind=SWITCH),
        Argument("--sender", "its author; in groups", kind=NUMBER),
        Argument("--count", "how many messages; 50 if not given", kind=INTEGER),
        hint="The messages come later, as an event HistorySync.",
    ),
    Row(
        "reject_call",
        "calls:RejectCall",
        "Reject an incoming call.",
        Argument("--callCreator", "who calls", kind=NUMBER, required=True),
        Argument("--callId", "id of the call", required=True),
    ),
    Row(
        "poll_results",
        "polls:PollResults",
        "Show the votes of a poll.",
        Argument("id", "id of the poll's message", field="poll_message_id"),
    ),
)
