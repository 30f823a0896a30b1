"""Every sender as it really signs: with its own library, where there is one."""

import base64
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import jwt
import standardwebhooks
import svix
from nacl.signing import SigningKey
from slack_sdk.signature import SignatureVerifier
from stripe import WebhookSignature

from recado import wire
from recado.intake.delivery import Delivery
from recado.model.ids import TriggerId
from recado.model.redact import Secret
from recado.model.trigger import ActionType, Trigger, TriggerSettings
from recado.web.api.settings_input import SettingsInput, to_settings
from tests.helpers.shared import event_bytes

NOW = datetime(2026, 3, 25, 20, 0, tzinfo=UTC)
Sign = Callable[[bytes, str, datetime], dict[str, str]]
"""From body, secret and time to the headers that prove them."""

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Sender:
    """One way in which a source delivers.

    ``make_body`` gives the body of a moment; a proof that lies in it is ``token``.
    ``mark`` is what tells an event of it from others. ``tolerance`` is None where
    nothing says when it was sent.
    """

    name: str
    mark: str
    source: str
    secret: str
    make_body: Callable[[datetime], bytes]
    sign: Sign
    event_type: str
    key: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    tolerance: timedelta | None = None
    signs_body: bool = True
    token: str = ""
    content_type: str = JSON
    answer: tuple[int, bytes] = (200, b'{"status":"ok"}')

    def nth(self, number: int) -> "Sender":
        """The same sender with another event."""
        other = f"{self.mark}{number}"

        def make_body(at: datetime) -> bytes:
            return self.make_body(at).replace(self.mark.encode(), other.encode())

        def sign(body: bytes, secret: str, at: datetime) -> dict[str, str]:
            signed = self.sign(body, secret, at)
            return {
                name: other if value == self.mark else value
                for name, value in signed.items()
            }

        return replace(self, make_body=make_body, sign=sign)

    def hidden(self) -> list[bytes]:
        """What must not be found anywhere; a public key is no secret."""
        body = self.make_body(NOW)
        tokens = [word for word in CANARIES if word in body]
        proofs = [one.encode() for one in self.proofs().values() if len(one) > 30]
        is_public = self.source == "discord" or self.secret.startswith("whpk_")
        return [*tokens, *proofs, *([] if is_public else [self.secret.encode()])]

    def headers(self, body: bytes, at: datetime = NOW) -> dict[str, str]:
        signed = self.sign(body, self.secret, at)
        return {"content-type": self.content_type} | {
            name.lower(): value for name, value in signed.items()
        }

    def proofs(self) -> dict[str, str]:
        """The headers without which it is not proven."""
        body = self.make_body(NOW)
        return {
            name: value
            for name, value in self.headers(body).items()
            if name not in {"content-type", "x-github-event"} | UNSIGNED
        }

    def deliver(self, at: datetime = NOW, **changes: Any) -> Delivery:
        body = self.make_body(at)
        given: dict[str, Any] = {
            "headers": self.headers(body, at),
            "body": body,
            "received_at": NOW,
        }
        return Delivery(**given | changes)

    def trigger(self, *secrets: str, **changes: Any) -> Trigger:
        return Trigger(
            id=TriggerId(1),
            name=self.name,
            source=self.source,
            action_type=ActionType.SCRIPT,
            action_payload="act.py",
            secrets=tuple(Secret(one) for one in secrets or (self.secret,)),
            hook_token=Secret("hook"),
            settings=self.policy(),
            created_at=NOW,
            updated_at=NOW,
            **changes,
        )

    def policy(self) -> TriggerSettings:
        wanted = SettingsInput.model_validate(dict(self.settings))
        ordering = TriggerSettings().ordering
        return to_settings(wanted, default_ordering=ordering, before=None)


CANARIES = (
    b"example-instance-token",
    b"canary-token-apikey-of-the-instance",
    b"canary-token-of-a-user",
    b"canary-token-of-a-slack-app",
)
"""Tokens that lie in bodies."""

UNSIGNED = frozenset({"x-github-delivery", "linear-delivery", "idempotency-key"})
"""Headers that say which delivery it is, and that no sender signs."""


def _json(value: Any) -> Callable[[datetime], bytes]:
    return lambda _: wire.encode(value)


def _hmac(header: str, *, algorithm: str = "sha256", prefix: str = "") -> Sign:
    return lambda body, secret, _: {
        header: prefix + hmac.new(secret.encode(), body, algorithm).hexdigest()
    }


def _with(sign: Sign, **headers: str) -> Sign:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda body, secret, at: sign(body, secret, at) | named


def _nothing(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    return {}


def _evolution_jwt(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    claims = {
        "iat": int(at.timestamp()),
        "exp": int(at.timestamp()) + 600,
        "app": "evolution",
        "action": "webhook",
    }
    return {"Authorization": f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"}


def _stripe(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    moment = int(at.timestamp())
    own = WebhookSignature.generate_signature_header(body.decode(), secret, moment)
    other = "0" * 64  # while a secret is rolled there are several
    time, _, signature = own.partition(",")
    return {"Stripe-Signature": f"{time},v0={other},v1={other},{signature}"}


def _slack(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    moment = str(int(at.timestamp()))
    signature = SignatureVerifier(secret).generate_signature(
        timestamp=moment, body=body
    )
    assert signature is not None
    return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": signature}


DISCORD_KEY = SigningKey(b"a seed of a key, 32 bytes long..")


def _discord(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    moment = str(int(at.timestamp()))
    signature = DISCORD_KEY.sign(moment.encode() + body).signature
    return {"X-Signature-Ed25519": signature.hex(), "X-Signature-Timestamp": moment}


def _standard(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    id_ = _message_id(body)
    signature = standardwebhooks.Webhook(secret).sign(id_, at, body.decode())
    return _message("webhook", id_, f"v1a,AAAA {signature} v1,AAAA", at)


def _svix(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    id_ = _message_id(body)
    signature = svix.Webhook(secret).sign(id_, at, body.decode())
    return _message("svix", id_, signature, at)


def _v1a(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    id_ = _message_id(body)
    content = f"{id_}.{int(at.timestamp())}.".encode() + body
    signature = base64.b64encode(DISCORD_KEY.sign(content).signature).decode()
    return _message("webhook", id_, f"v1,AAAA v1a,{signature}", at)


def _message_id(body: bytes) -> str:
    found = re.search(rb'"n":(\d+)', body)
    return f"msg_{int(found[1]) if found else 1}"


def _message(name: str, id_: str, signature: str, at: datetime) -> dict[str, str]:
    return {
        f"{name}-id": id_,
        f"{name}-timestamp": str(int(at.timestamp())),
        f"{name}-signature": signature,
    }


def _shop(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    moment = str(int(at.timestamp() * 1_000))
    digest = hmac.digest(secret.encode(), f"{moment}:".encode() + body, "sha1")
    return {"X-Shop-Hmac": base64.b64encode(digest).decode(), "X-Shop-Time": moment}


def _linear_body(at: datetime) -> bytes:
    return wire.encode(
        {
            "action": "create",
            "type": "Comment",
            "createdAt": "2026-03-25T19:59:59.000Z",
            "data": {"id": "c-1", "body": "Done", "issueId": "i-1"},
            "organizationId": "o-1",
            "webhookTimestamp": int(at.timestamp() * 1_000),
        }
    )


EVOLUTION_API_BODY = {
    "event": "messages.upsert",
    "instance": "sales",
    "data": {
        "key": {"remoteJid": "5511990000001@s.whatsapp.net", "id": "3A1", "fromMe": 0},
        "message": {"conversation": "oi"},
    },
    "date_time": "2026-03-25T17:00:00.000Z",
    "apikey": "canary-token-apikey-of-the-instance",
}
META_BODY = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "102290129340398",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {"phone_number_id": "106540352242922"},
                        "messages": [
                            {
                                "from": "5511990000001",
                                "id": "wamid.HBgL1",
                                "timestamp": "1774468800",
                                "type": "text",
                                "text": {"body": "oi"},
                            }
                        ],
                    },
                }
            ],
        }
    ],
}
WHATSMEOW = {
    "type": "Message",
    "event": {
        "Info": {
            "Chat": "5511990000001@s.whatsapp.net",
            "Sender": "5511990000001@s.whatsapp.net",
            "ID": "3A2",
            "IsFromMe": False,
        },
        "Message": {"conversation": "oi"},
    },
}
DISCORD_EVENT = {
    "version": 1,
    "application_id": "1234560123453231555",
    "type": 1,
    "event": {
        "type": "APPLICATION_AUTHORIZED",
        "timestamp": "2026-03-25T19:59:59.064834",
        "data": {"user": {"id": "7"}},
    },
}
CANONICAL: dict[str, Any] = {"sort_keys": True, "separators": (",", ":")}
JID = "5511990000001@s.whatsapp.net"
WUZAPI_KEY = f"wuzapi|7|msg|{JID}|{JID}|3A2|content"
SLACK_FORM = (
    b"token=canary-token-of-a-slack-app&team_id=T1&channel_id=C1&user_id=U1"
    b"&command=%2Frecado&text=oi&trigger_id=13345224609.738474920.8088930838d8"
)

SENDERS = [
    Sender(
        name="evolution_go",
        mark="3A5F0C1D2E3B4A596877",
        source="evolution_go",
        secret="canary-token-unused",
        settings={"instance_token": "example-instance-token"},
        make_body=lambda _: event_bytes("message_text"),
        sign=_nothing,
        signs_body=False,
        token="example-instance-token",
        event_type="Message",
        key=f"evogo|7f3c1c0e-5a44-4c1e-9a51-2f6f0f1f7a10|msg|{JID}|{JID}"
        "|3A5F0C1D2E3B4A596877|content",
    ),
    Sender(
        name="evolution_api, JWT",
        mark="3A1",
        source="evolution_api",
        secret="canary-token-that-signs-a-jwt-32",
        make_body=_json(EVOLUTION_API_BODY),
        sign=_evolution_jwt,
        signs_body=False,
        tolerance=timedelta(seconds=660),
        event_type="messages.upsert",
        key=f"evov2|sales|msg|{JID}||3A1",
    ),
    Sender(
        name="evolution_api, header",
        mark="3A1",
        source="evolution_api",
        secret="canary-token-in-a-header",
        make_body=_json(EVOLUTION_API_BODY),
        sign=lambda _, secret, __: {"apikey": secret},
        signs_body=False,
        event_type="messages.upsert",
        key=f"evov2|sales|msg|{JID}||3A1",
    ),
    Sender(
        name="evolution_api, apikey",
        mark="3A1",
        source="evolution_api",
        secret="canary-token-unused",
        settings={"instance_token": "canary-token-apikey-of-the-instance"},
        make_body=_json(EVOLUTION_API_BODY),
        sign=_nothing,
        signs_body=False,
        token="canary-token-apikey-of-the-instance",
        event_type="messages.upsert",
        key=f"evov2|sales|msg|{JID}||3A1",
    ),
    Sender(
        name="meta",
        mark="wamid.HBgL1",
        source="meta",
        secret="canary-token-of-meta",
        make_body=_json(META_BODY),
        sign=_hmac("X-Hub-Signature-256", prefix="sha256="),
        event_type="messages",
        key="msg|wamid.HBgL1",
    ),
    Sender(
        name="waha",
        mark="c.us_AAAA",
        source="waha",
        secret="canary-token-of-waha",
        make_body=_json(
            {
                "id": "evt_1",
                "event": "message",
                "session": "default",
                "payload": {
                    "id": "false_5511990000001@c.us_AAAA",
                    "from": "5511990000001@c.us",
                    "fromMe": False,
                    "body": "oi",
                },
            }
        ),
        sign=_hmac("X-Webhook-Hmac", algorithm="sha512"),
        event_type="message",
        key="waha|default|message|false_5511990000001@c.us_AAAA",
    ),
    Sender(
        name="wuzapi, JSON",
        mark="3A2",
        source="wuzapi",
        secret="canary-token-of-wuzapi",
        make_body=_json(WHATSMEOW | {"userID": "7", "token": "canary-token-of-a-user"}),
        sign=_hmac("x-hmac-signature"),
        event_type="Message",
        key=WUZAPI_KEY,
    ),
    Sender(
        name="wuzapi, form",
        mark="%33%41%32",
        source="wuzapi",
        secret="canary-token-of-wuzapi",
        make_body=lambda _: (
            b"userID=7&instanceName=sales&jsonData=" + _quoted(wire.encode(WHATSMEOW))
        ),
        content_type=FORM,
        sign=_hmac("x-hmac-signature"),
        event_type="Message",
        key=WUZAPI_KEY,
    ),
    Sender(
        name="github",
        mark="72d3162e",
        source="github",
        secret="canary-token-of-github",
        make_body=_json({"action": "opened", "repository": {"full_name": "a/b"}}),
        sign=_with(
            _hmac("X-Hub-Signature-256", prefix="sha256="),
            X_GitHub_Event="issues",
            X_GitHub_Delivery="72d3162e",
        ),
        event_type="issues",
        key="72d3162e",
    ),
    Sender(
        name="stripe",
        mark="evt_1",
        source="stripe",
        secret="whsec_canary-token-of-stripe",
        make_body=_json(
            {
                "id": "evt_1",
                "type": "invoice.paid",
                "data": {"object": {"id": "in_1", "customer": "cus_1"}},
            }
        ),
        sign=_stripe,
        tolerance=timedelta(seconds=300),
        event_type="invoice.paid",
        key="evt_1",
    ),
    Sender(
        name="linear",
        mark="234d1a4e",
        source="linear",
        secret="canary-token-of-linear",
        make_body=_linear_body,
        sign=_with(_hmac("Linear-Signature"), Linear_Delivery="234d1a4e"),
        tolerance=timedelta(seconds=60),
        event_type="Comment",
        key="234d1a4e",
    ),
    Sender(
        name="telegram",
        mark="10000",
        source="telegram",
        secret="canary-token-of-telegram",
        make_body=_json(
            {
                "update_id": 10_000,
                "message": {"chat": {"id": 1}, "from": {"id": 2}, "text": "oi"},
            }
        ),
        sign=lambda _, secret, __: {"X-Telegram-Bot-Api-Secret-Token": secret},
        signs_body=False,
        event_type="message",
        key="10000",
    ),
    Sender(
        name="discord, interaction",
        mark="846462639134605312",
        source="discord",
        secret=DISCORD_KEY.verify_key.encode().hex(),
        make_body=_json(
            {"id": "846462639134605312", "type": 2, "channel_id": "645", "token": "t"}
        ),
        sign=_discord,
        tolerance=timedelta(seconds=900),
        event_type="APPLICATION_COMMAND",
        key="846462639134605312",
        answer=(200, b'{"type":5}'),
    ),
    Sender(
        name="discord, event",
        mark="064834",
        source="discord",
        secret=DISCORD_KEY.verify_key.encode().hex(),
        make_body=_json(DISCORD_EVENT),
        sign=_discord,
        tolerance=timedelta(seconds=900),
        event_type="APPLICATION_AUTHORIZED",
        key=sha256(json.dumps(DISCORD_EVENT, **CANONICAL).encode()).hexdigest(),
        answer=(204, b""),
    ),
    Sender(
        name="slack, event",
        mark="Ev1",
        source="slack",
        secret="canary-token-of-slack",
        make_body=_json(
            {
                "token": "canary-token-of-a-slack-app",
                "team_id": "T1",
                "type": "event_callback",
                "event_id": "Ev1",
                "event": {"type": "message", "channel": "C1", "user": "U1"},
            }
        ),
        sign=_slack,
        tolerance=timedelta(seconds=300),
        event_type="message",
        key="Ev1",
    ),
    Sender(
        name="slack, command",
        mark="8088930838d8",
        source="slack",
        secret="canary-token-of-slack",
        make_body=lambda _: SLACK_FORM,
        content_type=FORM,
        sign=_slack,
        tolerance=timedelta(seconds=300),
        event_type="slash_command",
        key="13345224609.738474920.8088930838d8",
        answer=(200, b""),
    ),
    Sender(
        name="clickup",
        mark="2800763136717140857",
        source="clickup",
        secret="canary-token-of-clickup",
        make_body=_json(
            {
                "event": "taskStatusUpdated",
                "history_items": [{"id": "2800763136717140857"}],
                "task_id": "1vj38vv",
                "webhook_id": "7fa3ec74",
            }
        ),
        sign=_hmac("X-Signature"),
        event_type="taskStatusUpdated",
        key="7fa3ec74|taskStatusUpdated|2800763136717140857",
    ),
    Sender(
        name="standard, v1",
        mark='"n":1',
        source="standard",
        secret="whsec_" + base64.b64encode(b"canary-token-of-standard").decode(),
        make_body=_json({"type": "user.created", "data": {"n": 1}}),
        sign=_standard,
        tolerance=timedelta(seconds=300),
        event_type="user.created",
        key="msg_1",
    ),
    Sender(
        name="standard, svix",
        mark='"n":1',
        source="standard",
        secret="whsec_" + base64.b64encode(b"canary-token-of-standard").decode(),
        make_body=_json({"type": "user.created", "data": {"n": 1}}),
        sign=_svix,
        tolerance=timedelta(seconds=300),
        event_type="user.created",
        key="msg_1",
    ),
    Sender(
        name="standard, v1a",
        mark='"n":1',
        source="standard",
        secret="whpk_" + base64.b64encode(DISCORD_KEY.verify_key.encode()).decode(),
        make_body=_json({"type": "user.created", "data": {"n": 1}}),
        sign=_v1a,
        tolerance=timedelta(seconds=300),
        event_type="user.created",
        key="msg_1",
    ),
    Sender(
        name="custom",
        mark="o-1",
        source="custom",
        secret="canary-token-of-custom",
        make_body=_json({"event": "order.paid", "idempotency_key": "o-1"}),
        sign=_hmac("X-Webhook-Signature", prefix="sha256="),
        event_type="order.paid",
        key="o-1",
    ),
    Sender(
        name="custom, as it is told",
        mark="o-1",
        source="custom",
        secret="canary-token-of-a-shop",
        settings={
            "signature": {
                "header": "X-Shop-Hmac",
                "algorithm": "sha1",
                "encoding": "base64",
                "timestamp_header": "X-Shop-Time",
                "tolerance": 30,
                "content": "{timestamp}:{body}",
            }
        },
        make_body=_json({"event": "order.paid", "idempotency_key": "o-1"}),
        sign=_shop,
        tolerance=timedelta(seconds=30),
        event_type="order.paid",
        key="o-1",
    ),
]


def _quoted(text: bytes) -> bytes:
    return b"".join(b"%%%02X" % byte for byte in text)
