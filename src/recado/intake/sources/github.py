"""GitHub: signs, and names event and delivery in headers."""

from datetime import timedelta
from typing import ClassVar

from recado.errors import MalformedError
from recado.intake.delivery import Delivery
from recado.intake.identify import KEY_PATHS, as_key
from recado.intake.parse import read_masked
from recado.intake.verify import verify_signature
from recado.model.event import Event, Identity
from recado.model.trigger import Ordering, Trigger

_HEADERS = ("X-Hub-Signature-256",)


class GitHub:
    """Webhooks of a repository, an organisation or an app."""

    name: ClassVar[str] = "github"
    longest_retry: ClassVar[timedelta] = timedelta(days=3)  # by hand, for three days
    default_ordering: ClassVar[Ordering] = Ordering.NONE
    key_paths: ClassVar[tuple[str, ...]] = KEY_PATHS

    def verify(self, delivery: Delivery, trigger: Trigger) -> None:
        """See the protocol: an HMAC-SHA256 with the trigger's secret."""
        verify_signature(delivery, trigger.secrets, _HEADERS)

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        if delivery.body.startswith(b"payload="):
            raise MalformedError(
                "the body is a form; choose the content type application/json in the "
                "settings of the webhook on GitHub"
            )
        return Event(
            source=self.name,
            event_type=delivery.headers.get("x-github-event", ""),
            body=read_masked(delivery),
            delivery_id=delivery.headers.get("x-github-delivery", ""),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: a delivery keeps its id when GitHub sends it again."""
        return Identity(idempotency_key=as_key(event.delivery_id))
