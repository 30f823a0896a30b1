"""Every example that GitHub gives of its webhooks."""

import hmac
from collections import Counter

import pytest

from recado import wire
from recado.intake.delivery import Delivery
from recado.intake.identify import identify
from recado.intake.sources.registry import SOURCES
from tests.helpers.senders import NOW, SENDERS
from tests.helpers.webhook_examples import SECONDS, examples


@pytest.mark.timeout(2 * SECONDS)  # the first run fetches them
def test_each_is_verified_parsed_and_identified() -> None:
    [sender] = [one for one in SENDERS if one.name == "github"]
    github, trigger = SOURCES["github"], sender.trigger()
    kinds: Counter[str] = Counter()
    keys = set()

    for number, (kind, example) in enumerate(examples()):
        body = wire.encode(example)
        digest = hmac.digest(sender.secret.encode(), body, "sha256").hex()
        delivery = Delivery(
            headers={
                "x-hub-signature-256": f"sha256={digest}",
                "x-github-event": kind,
                "x-github-delivery": f"delivery-{number}",
            },
            body=body,
            received_at=NOW,
        )
        assert github.verify(delivery, trigger) is trigger.secrets[0]
        assert github.challenge(delivery) is None
        event = github.parse(delivery)
        identity = identify(trigger, github, event)

        assert event.event_type == kind
        assert event.sender == (example.get("sender") or {}).get("login", "")
        assert wire.decode(wire.encode(event.document(identity, NOW)))
        kinds[kind] += 1
        keys.add(identity.idempotency_key)

    assert len(kinds) > 50
    assert len(keys) == kinds.total() > 300
