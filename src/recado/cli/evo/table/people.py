"""The commands about people, groups, communities, labels, newsletters, the server."""

from recado.cli.evo.argument import (
    ADDRESS,
    BOOLEAN,
    INTEGER,
    LIST,
    NUMBER,
    NUMBERS,
    SWITCH,
    Argument,
    Row,
)

PERSON = (Argument("number", "phone number or JID", kind=NUMBER),)
PEOPLE = Argument("numbers", "phone numbers or JIDs, a,b", kind=NUMBERS)
GROUP = Argument("group", "JID of the group", field="group_jid")
COMMUNITY = (
    Argument("community", "JID of the community", field="community_jid"),
    Argument(
        "--groupJid",
        "JIDs of the groups, a,b",
        kind=LIST,
        field="group_jids",
        required=True,
    ),
)
LABELLED = (
    Argument("chat", "phone number or JID", kind=NUMBER, field="jid"),
    Argument("--labelId", "id of the label", required=True),
)
LABELLED_MESSAGE = (
    *LABELLED,
    Argument("--messageId", "id of the message", required=True),
)
NEWSLETTER = Argument("jid", "JID of the newsletter")

AUDIENCE = ("all", "contacts", "contact_blacklist", "none")

ROWS = (
    Row("user_info", "users:UserInfo", "Ask WhatsApp about people.", PEOPLE),
    Row(
        "check_numbers",
        "users:CheckNumbers",
        "Ask WhatsApp which numbers it knows.",
        PEOPLE,
        Argument("--formatJid", "false takes them as they stand", kind=BOOLEAN),
    ),
    Row(
        "user_avatar",
        "users:UserAvatar",
        "Tell where somebody's picture is.",
        *PERSON,
        Argument("--preview", "the small one", kind=SWITCH),
    ),
    Row("contacts", "users:Contacts", "List the people the instance knows."),
    Row("block", "users:Block", "Block somebody.", *PERSON),
    Row("unblock", "users:Unblock", "Unblock somebody.", *PERSON),
    Row("blocklist", "users:Blocklist", "List who is blocked."),
    Row("privacy", "profile:Privacy", "Show who may see and do what."),
    Row(
        "set_privacy",
        "profile:SetPrivacy",
        "Change who may see and do what.",
        Argument("--groupAdd", "who may add it to groups", choices=AUDIENCE),
        Argument("--lastSeen", "who sees when it was there", choices=AUDIENCE),
        Argument("--status", "who sees its status posts", choices=AUDIENCE),
        Argument("--profile", "who sees its picture", choices=AUDIENCE),
        Argument("--readReceipts", "who gets receipts", choices=("all", "none")),
        Argument("--callAdd", "who may call", choices=("all", "known")),
        Argument("--online", "who sees it online", choices=("all", "match_last_seen")),
        hint="What is not given stays as it is: the present settings are read first.",
        sender="keep:set_privacy",
    ),
    Row(
        "set_profile_picture",
        "profile:SetProfilePicture",
        "Set the instance's picture.",
        Argument("--image", "address of a JPEG", kind=ADDRESS, required=True),
    ),
    Row(
        "set_profile_name",
        "profile:SetProfileName",
        "Set the instance's name.",
        Argument("name", "what others see"),
    ),
    Row(
        "set_profile_status",
        "profile:SetProfileStatus",
        'Set the instance\'s "about" text.',
        Argument("status", "what others see"),
    ),
    Row("list_groups", "groups:ListGroups", "List the groups the instance is in."),
    Row(
        "my_groups",
        "groups:MyGroups",
        "List the groups the instance owns.",
        hint="The gateway's authors mark this route as not working in the present "
        "version.",
    ),
    Row("group_info", "groups:GroupInfo", "Show a group.", GROUP),
    Row(
        "group_invite_link",
        "groups:GroupInviteLink",
        "Show a group's invite link.",
        GROUP,
        Argument("--reset", "make a new one, end the old", kind=SWITCH),
    ),
    Row(
        "set_group_photo",
        "groups:SetGroupPhoto",
        "Set a group's picture.",
        GROUP,
        Argument("--image", "its address, or data:image/…;base64,…", required=True),
    ),
    Row(
        "set_group_name",
        "groups:SetGroupName",
        "Set a group's name.",
        GROUP,
        Argument("--name", "the new name", required=True),
    ),
    Row(
        "set_group_description",
        "groups:SetGroupDescription",
        "Set a group's description.",
        GROUP,
        Argument("--description", "the text; '' clears it", required=True),
    ),
    Row(
        "create_group",
        "groups:CreateGroup",
        "Make a group.",
        Argument("name", "its name", field="group_name"),
        Argument("--participants", "its members, a,b", kind=NUMBERS, required=True),
    ),
    Row(
        "update_group_participants",
        "groups:UpdateGroupParticipants",
        "Add, remove, promote or demote members of a group.",
        GROUP,
        Argument(
            "--action",
            "what to do",
            choices=("add", "remove", "promote", "demote"),
            required=True,
        ),
        Argument("--participants", "with whom, a,b", kind=NUMBERS, required=True),
        hint="The gateway does not tell which of them failed.",
    ),
    Row(
        "join_group",
        "groups:JoinGroup",
        "Join a group.",
        Argument("code", "invite code, or the whole link"),
    ),
    Row("leave_group", "groups:LeaveGroup", "Leave a group.", GROUP),
    Row(
        "create_community",
        "communities:CreateCommunity",
        "Make a community.",
        Argument("name", "its name", field="community_name"),
    ),
    Row(
        "add_to_community",
        "communities:AddToCommunity",
        "Link groups with a community.",
        *COMMUNITY,
        hint="Success may still name groups that failed, under data.failed.",
    ),
    Row(
        "remove_from_community",
        "communities:RemoveFromCommunity",
        "Unlink groups from a community.",
        *COMMUNITY,
        hint="Success may still name groups that failed, under data.failed.",
    ),
    Row("label_chat", "labels:LabelChat", "Put a label on a chat.", *LABELLED),
    Row("unlabel_chat", "labels:UnlabelChat", "Take a label off a chat.", *LABELLED),
    Row(
        "label_message",
        "labels:LabelMessage",
        "Put a label on a message.",
        *LABELLED_MESSAGE,
    ),
    Row(
        "unlabel_message",
        "labels:UnlabelMessage",
        "Take a label off a message.",
        *LABELLED_MESSAGE,
    ),
    Row(
        "edit_label",
        "labels:EditLabel",
        "Name and colour a label, or delete it.",
        Argument("label", "id of the label", field="label_id"),
        Argument("--name", "its name", required=True),
        Argument("--color", "WhatsApp's number of its colour", kind=INTEGER),
        Argument("--deleted", "delete it", kind=SWITCH),
    ),
    Row("list_labels", "labels:ListLabels", "List the labels the server has heard of."),
    Row(
        "create_newsletter",
        "newsletters:CreateNewsletter",
        "Make a newsletter.",
        Argument("name", "its name"),
        Argument("--description", "what it is about"),
    ),
    Row(
        "list_newsletters",
        "newsletters:ListNewsletters",
        "List the newsletters the instance follows.",
    ),
    Row(
        "newsletter_info",
        "newsletters:NewsletterInfo",
        "Show a newsletter.",
        NEWSLETTER,
    ),
    Row(
        "newsletter_by_link",
        "newsletters:NewsletterByLink",
        "Show the newsletter of a link.",
        Argument("key", "its code, or the whole link"),
    ),
    Row(
        "subscribe_newsletter",
        "newsletters:SubscribeNewsletter",
        "Get live updates of a newsletter for a while.",
        NEWSLETTER,
    ),
    Row(
        "newsletter_messages",
        "newsletters:NewsletterMessages",
        "List the messages of a newsletter.",
        NEWSLETTER,
        Argument("--count", "how many", kind=INTEGER),
        Argument("--beforeId", "those before this server id", kind=INTEGER),
    ),
    Row("server_ok", "server:ServerOk", "Tell whether the server runs."),
    Row(
        "license_status",
        "server:LicenseStatus",
        "Tell whether the server is licensed.",
    ),
    Row(
        "license_register",
        "server:LicenseRegister",
        "Begin to license the server.",
        Argument("--redirectUri", "where the browser ends up"),
    ),
    Row(
        "license_activate",
        "server:LicenseActivate",
        "End to license the server.",
        Argument("code", "what the licensing page gave"),
    ),
)
