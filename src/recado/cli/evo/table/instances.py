"""The commands about instances and their sessions."""

from recado.cli.evo.argument import (
    BOOLEAN,
    DATE,
    INTEGER,
    LIST,
    OBJECT,
    SWITCH,
    Argument,
    Row,
)

INSTANCE = Argument("id", "the instance's UUID", field="instance_id")

EVENTS = (
    "ALL, MESSAGE, SEND_MESSAGE, READ_RECEIPT, PRESENCE, HISTORY_SYNC, CHAT_PRESENCE, "
    "CALL, CONNECTION, LABEL, CONTACT, GROUP, NEWSLETTER, QRCODE"
)

ROWS = (
    Row(
        "instances",
        "instances:ListInstances",
        "List all instances, without their tokens.",
    ),
    Row(
        "summary",
        "",
        "Show each instance with its status.",
        hint="Asks every instance whether it can send. That starts the session of one "
        "that has none.",
        sender="summary:summary",
    ),
    Row(
        "create_instance",
        "instances:CreateInstance",
        "Make an instance; it does not connect yet.",
        Argument("name", "its name"),
        Argument("--token", "its token; if not given, one is made and shown"),
        Argument("--instanceId", "a UUID of your own"),
        Argument(
            "--proxy",
            'proxy: {"host": "…", "port": "…", "username": "…", "password": "…"}',
            kind=OBJECT,
        ),
        Argument(
            "--advancedSettings",
            "what set_advanced_settings sets, as JSON",
            kind=OBJECT,
        ),
    ),
    Row(
        "instance_info",
        "instances:InstanceInfo",
        "Show one instance, without its token.",
        INSTANCE,
    ),
    Row(
        "delete_instance",
        "instances:DeleteInstance",
        "Delete an instance.",
        INSTANCE,
        asks="This deletes the instance and unlinks its phone.",
    ),
    Row(
        "set_proxy",
        "instances:SetProxy",
        "Let an instance go through a proxy; its session restarts.",
        INSTANCE,
        Argument("--host", "host of the proxy", required=True),
        Argument("--port", "port of the proxy", required=True),
        Argument("--username", "user name at the proxy"),
        Argument("--password", "password at the proxy"),
    ),
    Row(
        "delete_proxy",
        "instances:DeleteProxy",
        "Let an instance go without a proxy; its session restarts.",
        INSTANCE,
    ),
    Row(
        "force_reconnect",
        "instances:ForceReconnect",
        "Revive a session that has lost its line to WhatsApp.",
        INSTANCE,
        Argument("--number", "the account's number, digits only", required=True),
    ),
    Row(
        "instance_logs",
        "instances:InstanceLogs",
        "Show an instance's log.",
        INSTANCE,
        Argument("--startDate", "from this day on, YYYY-MM-DD", kind=DATE),
        Argument("--endDate", "to this day, YYYY-MM-DD", kind=DATE),
        Argument("--level", "INFO, WARN, ERROR, DEBUG: a,b", kind=LIST, field="levels"),
        Argument("--limit", "how many entries; 100 if not given", kind=INTEGER),
    ),
    Row(
        "connect",
        "session:Connect",
        "Store where an instance's events go, and start its session.",
        Argument("--phone", "not used by the gateway; taken for old scripts"),
        Argument("--webhook", "where events go; '' stops them", field="webhook_url"),
        Argument("--immediate", "not used by the gateway; taken likewise", kind=SWITCH),
        Argument("--subscribe", f"events, a,b, of {EVENTS}", kind=LIST),
        Argument("--rabbitmq", "events to RabbitMQ", kind=BOOLEAN),
        Argument("--nats", "events to NATS", kind=BOOLEAN),
        Argument("--websocket", "events to the WebSocket", kind=BOOLEAN),
        Argument(
            "--replace",
            "clear what is not given, instead of keeping it",
            kind=SWITCH,
        ),
        hint="The gateway overwrites all five settings at once. To keep those that are "
        "not given, the present ones are read first, which needs "
        "EVOLUTION_GO_ADMIN_KEY; without it give all five, or --replace.",
        sender="keep:connect",
    ),
    Row("status", "session:InstanceStatus", "Tell whether the instance can send now."),
    Row(
        "qr",
        "session:Qr",
        "Get the code to link a phone with.",
        Argument("--terminal", "draw it on stderr", kind=SWITCH),
        Argument("--out", "file to save the picture to, as PNG"),
        Argument("--wait", "seconds to wait for a code; 30", kind=INTEGER),
        sender="qr:qr",
    ),
    Row(
        "pair",
        "session:Pair",
        "Get a code to type into the phone.",
        Argument("--phone", "the phone's number", required=True),
    ),
    Row(
        "disconnect",
        "session:Disconnect",
        "Drop the session; the server starts it again.",
        note="The server has also cleared the list of events that the instance sends; "
        "call connect to set it again.",
    ),
    Row("reconnect", "session:Reconnect", "Restart a session that is connected."),
    Row(
        "logout",
        "session:Logout",
        "Unlink the phone.",
        asks="This unlinks the phone; it must be paired anew.",
    ),
    Row(
        "advanced_settings",
        "session:AdvancedSettings",
        "Show how an instance behaves by itself.",
        INSTANCE,
    ),
    Row(
        "set_advanced_settings",
        "session:SetAdvancedSettings",
        "Change how an instance behaves by itself.",
        INSTANCE,
        Argument("--alwaysOnline", "show it as online", kind=BOOLEAN),
        Argument("--rejectCall", "reject calls", kind=BOOLEAN),
        Argument("--msgRejectCall", "what to answer a rejected call"),
        Argument("--readMessages", "mark messages as read", kind=BOOLEAN),
        Argument("--ignoreGroups", "pass over groups", kind=BOOLEAN),
        Argument("--ignoreStatus", "pass over status posts", kind=BOOLEAN),
        hint="What is not given stays as it is: the present settings are read first.",
        sender="keep:set_advanced_settings",
    ),
)
