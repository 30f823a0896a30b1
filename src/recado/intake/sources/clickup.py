"""ClickUp: signs the body with the secret it gave when the webhook was made."""

from datetime import timedelta
from typing import Any, ClassVar

from recado.intake.delivery import Delivery
from recado.intake.fields import text_at
from recado.intake.identify import body_hash, join_key
from recado.intake.parse import read_masked
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Trigger

_SCHEME = HmacScheme(headers=("X-Signature",))
_RETRIES = timedelta(minutes=15)
"""Five tries; ClickUp does not say when."""

_THINGS = ("task_id", "goal_id", "list_id", "folder_id", "space_id")


class ClickUp(Source):
    """What happened to tasks, lists, folders, spaces and goals."""

    name: ClassVar[str] = "clickup"
    headers: ClassVar[tuple[str, ...]] = _SCHEME.headers
    longest_retry: ClassVar[timedelta] = _RETRIES

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: an HMAC-SHA256 with the webhook's secret."""
        return verify_hmac(delivery, trigger.secrets, _SCHEME)

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        body = read_masked(delivery)
        return Event(
            source=self.name,
            event_type=text_at(body, "event"),
            body=body,
            instance=text_at(body, "webhook_id"),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: the items of history, else the body for a short while."""
        thing = next((id_ for one in _THINGS if (id_ := text_at(event.body, one))), "")
        order = thing or None
        parts = _history(event.body)
        if parts and all(parts):
            key = join_key(event.instance, event.event_type, *parts)
            return Identity(idempotency_key=key, ordering_key=order)
        digest = body_hash(event.body, without=())
        return Identity(idempotency_key=digest, ordering_key=order, window=_RETRIES)


def _history(body: dict[str, Any]) -> list[str]:
    items = body.get("history_items")
    if not isinstance(items, list):
        return []
    return [text_at(one, "id") if isinstance(one, dict) else "" for one in items]
