"""The calls about the instance that the key belongs to, and its line to WhatsApp."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from recado.errors import OfflineError, ServerFaultError
from recado.evolution.commands.base import (
    Command,
    Done,
    Timing,
    need_http,
    need_list,
)
from recado.evolution.commands.instances import OfInstance
from recado.evolution.number import phone_of
from recado.evolution.replies.instances import (
    AdvancedOptions,
    Connection,
    Instance,
    InstanceStatusReply,
    QrCode,
)

EventGroup = Literal[
    "ALL",
    "MESSAGE",
    "SEND_MESSAGE",
    "READ_RECEIPT",
    "PRESENCE",
    "HISTORY_SYNC",
    "CHAT_PRESENCE",
    "CALL",
    "CONNECTION",
    "LABEL",
    "CONTACT",
    "GROUP",
    "NEWSLETTER",
    "QRCODE",
]
"""What an instance can be subscribed to; ``ALL`` stands for the others."""

EVENT_GROUPS: tuple[str, ...] = get_args(EventGroup)

_ON, _OFF = "enabled", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect(Command[Connection]):
    """Store where events go, and start the session if there is none.

    It overwrites all five settings: an empty ``webhook_url`` clears it, and an empty
    ``subscribe`` means ``MESSAGE`` only. ``keeping`` starts from the present ones. A
    session that has lost its line is not revived, and success says nothing of being
    connected.
    """

    method = "POST"
    path = "/instance/connect"
    timing = Timing.FAST
    safe = True

    webhook_url: str
    subscribe: Sequence[str] = ()
    rabbitmq: bool = False
    nats: bool = False
    websocket: bool = False

    def __post_init__(self) -> None:
        if self.subscribe:
            need_list("subscribe", self.subscribe)
        unknown = [name for name in self.subscribe if name not in EVENT_GROUPS]
        if unknown:
            raise ValueError(
                f"subscribe holds {unknown[0]!r}, which the gateway would drop "
                f"silently; there are {', '.join(EVENT_GROUPS)}"
            )
        if self.webhook_url:
            need_http(webhook_url=self.webhook_url)

    @classmethod
    def keeping(cls, present: Instance) -> Self:
        """Return the call that stores what is stored now, to change a part of it."""
        return cls(
            webhook_url=present.webhook,
            subscribe=tuple(name for name in present.events if name in EVENT_GROUPS),
            rabbitmq=present.rabbitmq,
            nats=present.nats,
            websocket=present.websocket,
        )

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {
            "webhookUrl": self.webhook_url,
            "subscribe": list(self.subscribe),
            "rabbitmqEnable": _ON if self.rabbitmq else _OFF,
            "natsEnable": _ON if self.nats else _OFF,
            "websocketEnable": _ON if self.websocket else _OFF,
        }

    def read(self, data: Any) -> Connection:
        """See ``Command``."""
        return Connection.read(data)


class InstanceStatus(Command[InstanceStatusReply]):
    """Ask whether the instance can send now.

    Where the server has no session it starts one, which does no harm twice.
    """

    __slots__ = ()

    method = "GET"
    path = "/instance/status"
    timing = Timing.SESSION
    read_seconds = 10.0  # it answers at once, or after 2 s
    safe = True

    def read(self, data: Any) -> InstanceStatusReply:
        """See ``Command``."""
        return InstanceStatusReply.read(data)

    def read_offline(
        self,
        error: OfflineError,  # noqa: ARG002 -- the answer is the same whatever it says
    ) -> InstanceStatusReply:
        """Return "not connected": that is an answer to the question, not a failure."""
        return InstanceStatusReply(connected=False, logged_in=False)


class Qr(Command[QrCode]):
    """Ask for the code to link a phone with; it waits up to 5 s for one.

    The server shows a limited number of codes (5, unless it is set otherwise).
    """

    __slots__ = ()

    method = "GET"
    path = "/instance/qr"
    timing = Timing.CONTROL

    def read(self, data: Any) -> QrCode:
        """See ``Command``."""
        return QrCode.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Command[str]):
    """Ask for a code to type into the phone whose number it is, like ``ABCD-1234``."""

    method = "POST"
    path = "/instance/pair"
    timing = Timing.SESSION

    phone: str

    def __post_init__(self) -> None:
        phone_of(self.phone)  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"phone": phone_of(self.phone)}

    def read(self, data: Any) -> str:
        """See ``Command``.

        Raises:
            ServerFaultError: The gateway answers every failure with an empty code.
        """
        code = data["PairingCode"]
        if not isinstance(code, str):
            raise TypeError("the code is no text")
        if not code:
            raise ServerFaultError(
                f"{self.route}: no code. The instance has no session (call connect "
                "first), the number is wrong, or WhatsApp refused",
                route=self.route,
                status=200,
                body=data,
            )
        return code


class Disconnect(Done):
    """Drop the session; the server clears its subscriptions and starts it again."""

    __slots__ = ()

    method = "POST"
    path = "/instance/disconnect"
    timing = Timing.CONTROL


class Reconnect(Done):
    """Restart a session that is connected; it takes 2 to 4 s.

    One that has lost its line needs ``ForceReconnect``.
    """

    __slots__ = ()

    method = "POST"
    path = "/instance/reconnect"
    timing = Timing.CONTROL


class Logout(Done):
    """Unlink the phone; it must be paired anew."""

    __slots__ = ()

    method = "DELETE"
    path = "/instance/logout"
    timing = Timing.SESSION


class AdvancedSettings(OfInstance[AdvancedOptions]):
    """Ask how an instance behaves by itself."""

    __slots__ = ()

    method = "GET"
    path = "/instance/:instanceId/advanced-settings"
    safe = True
    enveloped = False

    def read(self, data: Any) -> AdvancedOptions:
        """See ``Command``."""
        return AdvancedOptions.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAdvancedSettings(OfInstance[AdvancedOptions]):
    """Store how an instance behaves by itself. All six are overwritten.

    An id that does not exist is answered like one that does.
    """

    method = "PUT"
    path = "/instance/:instanceId/advanced-settings"
    safe = True
    enveloped = False

    always_online: bool
    reject_call: bool
    msg_reject_call: str
    read_messages: bool
    ignore_groups: bool
    ignore_status: bool

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return AdvancedOptions(
            always_online=self.always_online,
            reject_call=self.reject_call,
            msg_reject_call=self.msg_reject_call,
            read_messages=self.read_messages,
            ignore_groups=self.ignore_groups,
            ignore_status=self.ignore_status,
        ).body()

    def read(self, data: Any) -> AdvancedOptions:
        """See ``Command``."""
        return AdvancedOptions.read(data["settings"])
