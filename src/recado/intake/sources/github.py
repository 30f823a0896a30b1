"""GitHub: signs, and names event and delivery in headers."""

from datetime import timedelta
from typing import ClassVar

from recado.errors import MalformedError
from recado.intake.delivery import Delivery
from recado.intake.fields import part_at, text_at
from recado.intake.identify import as_key
from recado.intake.parse import read_masked
from recado.intake.signature import HmacScheme, verify_hmac
from recado.intake.sources.source import Source
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Trigger

_SCHEME = HmacScheme(headers=("X-Hub-Signature-256",))


class GitHub(Source):
    """Webhooks of a repository, an organisation or an app."""

    name: ClassVar[str] = "github"
    headers: ClassVar[tuple[str, ...]] = (
        *_SCHEME.headers,
        "X-GitHub-Event",
        "X-GitHub-Delivery",
    )
    longest_retry: ClassVar[timedelta] = timedelta(days=3)  # by hand, for three days

    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret:
        """See the protocol: an HMAC-SHA256 with the trigger's secret."""
        return verify_hmac(delivery, trigger.secrets, _SCHEME)

    def parse(self, delivery: Delivery) -> Event:
        """See the protocol."""
        if delivery.body.startswith(b"payload="):
            raise MalformedError(
                "the body is a form; choose the content type application/json in the "
                "settings of the webhook on GitHub"
            )
        body = read_masked(delivery)
        return Event(
            source=self.name,
            event_type=delivery.headers.get("x-github-event", ""),
            body=body,
            sender=text_at(part_at(body, "sender"), "login"),
            delivery_id=delivery.headers.get("x-github-delivery", ""),
        )

    def identify(self, event: Event) -> Identity:
        """See the protocol: a delivery keeps its id when GitHub sends it again."""
        repository = text_at(part_at(event.body, "repository"), "full_name")
        return Identity(
            idempotency_key=as_key(event.delivery_id), ordering_key=repository or None
        )
