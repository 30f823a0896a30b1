"""What the routes about instances answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from recado.evolution.replies.fields import an_object, moment, text, truth
from recado.evolution.replies.messages import opened_data_url
from recado.model.redact import MASK, Secret

_HIDDEN = ("token", "proxy", "qrcode")
"""What of an instance lets others in: its key, its proxy's password, its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvancedOptions:
    """How an instance behaves by itself.

    ``msg_reject_call`` is the text that answers a rejected call.
    """

    always_online: bool = False
    reject_call: bool = False
    msg_reject_call: str = ""
    read_messages: bool = False
    ignore_groups: bool = False
    ignore_status: bool = False

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the settings that an answer holds.

        Raises:
            TypeError: It is not what the route answers.
        """
        told = an_object(data)
        return cls(
            always_online=truth(told, "alwaysOnline"),
            reject_call=truth(told, "rejectCall"),
            msg_reject_call=text(told, "msgRejectCall"),
            read_messages=truth(told, "readMessages"),
            ignore_groups=truth(told, "ignoreGroups"),
            ignore_status=truth(told, "ignoreStatus"),
        )

    def body(self) -> dict[str, Any]:
        """Return all six as the gateway wants them: what is left out is cleared."""
        return {
            "alwaysOnline": self.always_online,
            "rejectCall": self.reject_call,
            "msgRejectCall": self.msg_reject_call,
            "readMessages": self.read_messages,
            "ignoreGroups": self.ignore_groups,
            "ignoreStatus": self.ignore_status,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One WhatsApp number on the server, as it is stored there.

    ``token`` is the key of its routes; ``reveal()`` gives it. ``jid`` is "" until it
    is paired. ``events`` are the groups it is subscribed to. ``raw`` is all that was
    told, with what lets others in masked.
    """

    id: str
    name: str
    token: Secret
    jid: str
    connected: bool
    webhook: str
    events: tuple[str, ...]
    rabbitmq: bool
    nats: bool
    websocket: bool
    created_at: datetime | None
    disconnect_reason: str
    settings: AdvancedOptions
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the instance that an answer holds.

        Raises:
            LookupError, TypeError: It holds none.
        """
        told = an_object(data)
        hidden = {name: MASK for name in _HIDDEN if told.get(name)}
        return cls(
            id=told["id"],
            name=text(told, "name"),
            token=Secret(text(told, "token")),
            jid=text(told, "jid"),
            connected=truth(told, "connected"),
            webhook=text(told, "webhook"),
            events=tuple(word for word in text(told, "events").split(",") if word),
            rabbitmq=text(told, "rabbitmqEnable") == "enabled",
            nats=text(told, "natsEnable") == "enabled",
            websocket=text(told, "websocketEnable") in {"enabled", "true"},
            created_at=moment(told, "createdAt"),
            disconnect_reason=text(told, "disconnect_reason"),
            settings=AdvancedOptions.read(told),
            raw=told | hidden,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceStatusReply:
    """Whether the instance can send. ``name`` is its profile's name, or "".

    ``connected`` is the line to WhatsApp, ``logged_in`` the paired account.
    """

    connected: bool
    logged_in: bool
    name: str = ""

    @property
    def ready(self) -> bool:
        """Whether a message would go out now."""
        return self.connected and self.logged_in

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the status that the route's ``data`` tells.

        Raises:
            LookupError, TypeError: It tells none.
        """
        return cls(
            connected=data["Connected"] is True,
            logged_in=data["LoggedIn"] is True,
            name=str(data.get("Name") or ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What is stored now, after ``connect``. It does not tell of being connected."""

    jid: str
    webhook_url: str
    events: tuple[str, ...]

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return what the route's ``data`` tells.

        Raises:
            TypeError: It is not what the route answers.
        """
        told = an_object(data)
        return cls(
            jid=text(told, "jid"),
            webhook_url=text(told, "webhookUrl"),
            events=tuple(word for word in text(told, "eventString").split(",") if word),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """A code to link a phone with; the first lives for 60 s, later ones for 20 s.

    ``code`` is the text in it, ``png`` its picture.
    """

    code: str = field(repr=False)
    png: bytes = field(repr=False)

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the code that the route's ``data`` holds.

        Raises:
            LookupError, TypeError, ValueError: It holds none.
        """
        _, png = opened_data_url(data["Qrcode"])
        return cls(code=text(data, "Code"), png=png)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProxy:
    """The proxy that an instance goes through now."""

    host: str
    port: str
    has_auth: bool

    @classmethod
    def read(cls, data: Any) -> Self:
        """Return the proxy that the route's ``data`` tells of.

        Raises:
            TypeError: It is not what the route answers.
        """
        told = an_object(data)
        return cls(
            host=text(told, "host"),
            port=text(told, "port"),
            has_auth=truth(told, "hasAuth"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One line of an instance's log. ``level`` is INFO, WARN, ERROR or DEBUG."""

    timestamp: datetime | None
    level: str
    message: str
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, told: dict[str, Any]) -> Self:
        """Return one entry of the route's list."""
        return cls(
            timestamp=moment(told, "timestamp"),
            level=text(told, "level"),
            message=text(told, "message"),
            raw=told,
        )
