"""Slack: signs time and body, and asks once whether the URL is ours."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from recado.errors import MalformedError
from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import as_key
from recado.intake.parse import (
    is_form,
    read_form,
    read_masked,
    read_object,
    with_masked,
)
from recado.intake.reply import Reply
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.intake.verify import TOLERANCE, check_fresh, get_header, read_seconds
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Trigger

_TIME_HEADER = "X-Slack-Request-Timestamp"
_SCHEME = HmacScheme(headers=("X-Slack-Signature",), prefix="v0=")
_EMPTY = Reply()


class Slack(Source):
    """Events as JSON; commands and interactions as forms."""

    name: ClassVar[str] = "slack"
    headers: ClassVar[tuple[str, ...]] = (*_SCHEME.headers, _TIME_HEADER)
    longest_retry: ClassVar[timedelta] = timedelta(hours=24)  # if delayed ones are on

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: an HMAC-SHA256 of version, time and body."""
        sent = get_header(delivery, _TIME_HEADER, holds="the time it was sent")
        content = f"v0:{sent}:".encode(errors="replace") + delivery.body
        secret = verify_hmac(delivery, trigger.secrets, _SCHEME, content=content)
        name = f"header {_TIME_HEADER}"
        moment = read_seconds(sent, name=name)
        check_fresh(moment, delivery, tolerance=TOLERANCE, name=name)
        return secret

    def challenge(self, delivery: Delivery) -> Reply | None:
        """See the protocol: ``url_verification`` gets its challenge back.

        A form with ``ssl_check`` tries the certificate of a command's URL, now and
        then, and is to get a 200.
        """
        if is_form(delivery):
            return _EMPTY if read_form(delivery).get("ssl_check") == "1" else None
        body = read_object(delivery)
        if body.get("type") != "url_verification":
            return None
        return Reply(body=text_at(body, "challenge").encode())

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = with_masked(_read(delivery), "token")
        inner = part_at(body, "event") or body
        return Event(
            source=self.name,
            event_type=text_at(inner, "type") or "slash_command",
            body=body,
            instance=text_at(body, "team_id") or _id(body, "team"),
            chat=_id(inner, "channel"),
            sender=_id(inner, "user"),
            text=text_at(inner, "text"),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: the event's id, else that of the interaction."""
        body = event.body
        own = as_key(body.get("event_id")) or as_key(body.get("trigger_id"))
        return Identity(idempotency_key=own, ordering_key=event.chat or None)

    def answer(self, event: Event) -> Reply | None:
        """See the protocol: what a person did must get a 200 without any content.

        Slack would take other content for the message that it is to show.
        """
        return None if "event_id" in event.body else _EMPTY


def _read(delivery: Delivery) -> dict[str, Any]:
    if not is_form(delivery):
        return read_masked(delivery)
    form = read_form(delivery)
    if "command" in form:
        return dict(form)
    if "payload" not in form:
        raise MalformedError("the body is a form with neither command nor payload")
    return read_masked(replace(delivery, body=form["payload"].encode()))


def _id(part: dict[str, Any], name: str) -> str:
    """Return who or where; Slack gives an id, an object with one, or ``…_id``."""
    return (
        text_at(part, name)
        or text_at(part_at(part, name), "id")
        or text_at(part, f"{name}_id")
    )
