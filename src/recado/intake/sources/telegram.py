"""Telegram: sends back the secret token that the bot gave to ``setWebhook``."""

import re
from datetime import timedelta
from typing import Any, ClassVar

from recado.errors import BadProofError
from recado.intake.delivery import Delivery
from recado.intake.fields import as_text, part_at, text_at
from recado.intake.identify import as_key
from recado.intake.parse import read_masked
from recado.intake.sources.source import Source
from recado.intake.verify import find_token, get_header, usable, which_secrets
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Trigger

_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Telegram(Source):
    """Updates of a bot: ``update_id``, and one more field that says what it is."""

    name: ClassVar[str] = "telegram"
    headers: ClassVar[tuple[str, ...]] = (_HEADER,)
    longest_retry: ClassVar[timedelta] = timedelta(days=1)

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: the trigger's secret, in a header."""
        given = get_header(delivery, _HEADER, holds="the secret_token of setWebhook")
        known = usable(trigger.secrets)
        found = find_token(given, known)
        if found is None:
            raise BadProofError(
                f"the token of {len(given)} characters in header {_HEADER} is not "
                f"{which_secrets(known)} of the trigger; give it to setWebhook as "
                "secret_token"
            )
        return found

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        kind = next((name for name in body if name != "update_id"), "")
        update = part_at(body, kind)
        message = part_at(update, "message") or update
        return Event(
            source=self.name,
            event_type=kind,
            body=body,
            chat=_id(part_at(message, "chat")),
            sender=_id(part_at(update, "from")),
            text=_text(update),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: ``update_id``, which a bot sees once."""
        return Identity(
            idempotency_key=as_key(event.body.get("update_id")),
            ordering_key=event.chat or event.sender or None,
        )

    def secret_problem(self, secret: str) -> str | None:
        """See the protocol."""
        if _SECRET.fullmatch(secret):
            return None
        return "must be 1 to 256 letters, digits, _ or -, as Telegram demands"

    def make_secret(self, drawn: bytes) -> Secret:
        """See the protocol: Telegram takes no base64."""
        return Secret(drawn.hex())


def _id(part: dict[str, Any]) -> str:
    value = part.get("id")
    return as_text(value) if isinstance(value, int | str) else ""


def _text(update: dict[str, Any]) -> str:
    names = ("text", "caption", "data", "query")
    return next((text for name in names if (text := text_at(update, name))), "")
