"""What every source promises, on every sender as it really signs."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from recado.errors import BadProofError, DeliveryError, MalformedError
from recado.intake.delivery import Delivery
from recado.intake.identify import identify
from recado.intake.sources.registry import SOURCES
from recado.model.event import Event
from tests.helpers.senders import NOW, SENDERS, Sender

every_sender = pytest.mark.parametrize("sender", SENDERS, ids=lambda one: one.name)
SIGNING = [one for one in SENDERS if one.signs_body]
TIMED = [one for one in SENDERS if one.tolerance]
SECOND = timedelta(seconds=1)


def take(sender: Sender, delivery: Delivery, *secrets: str) -> Event:
    source = SOURCES[sender.source]
    source.verify(delivery, sender.trigger(*secrets))
    return source.parse(delivery)


def refused(sender: Sender, delivery: Delivery, *secrets: str) -> str:
    """The reason, after a look whether it gives anything away."""
    with pytest.raises(BadProofError) as error:
        take(sender, delivery, *secrets)
    reason = str(error.value)
    given = [value for value in sender.proofs().values() if len(value) > 12]
    hidden = [*(secrets or (sender.secret,)), sender.token, *given]
    assert [one for one in hidden if one and one in reason] == []
    assert len(reason) < 500
    return reason


def test_there_is_a_sender_of_every_source() -> None:
    assert {one.source for one in SENDERS} == set(SOURCES)


@every_sender
def test_what_it_signs_is_accepted_and_identified(sender: Sender) -> None:
    trigger = sender.trigger()
    event = take(sender, sender.deliver())

    identity = identify(trigger, SOURCES[sender.source], event)

    assert event.event_type == sender.event_type
    assert identity.idempotency_key is not None
    assert identity.idempotency_key.startswith(sender.key)


@every_sender
def test_while_secrets_overlap_the_one_that_proved_it_is_told(sender: Sender) -> None:
    trigger = sender.trigger(_another(sender), sender.secret)

    proof = SOURCES[sender.source].verify(sender.deliver(), trigger)

    assert proof is (None if sender.token else trigger.secrets[1])


@every_sender
def test_another_secret_is_refused(sender: Sender) -> None:
    if sender.token:
        body = sender.make_body(NOW).replace(sender.token.encode(), b"another")
        refused(sender, sender.deliver(body=body))
        return
    refused(sender, sender.deliver(), _another(sender))
    refused(sender, sender.deliver(), _another(sender), _another(sender)[::-1])


@pytest.mark.parametrize("sender", SIGNING, ids=lambda one: one.name)
def test_one_byte_of_the_body_changed_is_refused(sender: Sender) -> None:
    right = sender.deliver()

    for at in range(0, len(right.body), 7):
        changed = bytearray(right.body)
        changed[at] ^= 1
        reason = refused(sender, replace(right, body=bytes(changed)))

        assert f"computed over {len(changed):,} bytes" in reason
        assert "does not match" in reason


@every_sender
def test_one_character_of_the_proof_changed_is_refused(sender: Sender) -> None:
    right = sender.deliver()

    for name, value in _changed_proofs(sender):
        refused(sender, replace(right, headers=right.headers | {name: value}))
    if sender.token:
        body = right.body.replace(
            sender.token.encode(), _changed(sender.token).encode()
        )
        refused(sender, replace(right, body=body))


@every_sender
def test_a_missing_header_is_refused_and_named(sender: Sender) -> None:
    right = sender.deliver()

    for missing in sender.proofs():
        kept = {name: one for name, one in right.headers.items() if name != missing}
        for headers in (kept, kept | {missing: ""}):
            reason = refused(sender, replace(right, headers=headers)).lower()
            assert missing in reason or _family(missing) in reason
    if sender.token:
        body = right.body.replace(sender.token.encode(), b"")
        refused(sender, replace(right, body=body))


@every_sender
def test_the_header_of_another_source_is_refused(sender: Sender) -> None:
    own = {name.lower() for name in SOURCES[sender.source].headers}
    tried = 0
    for other in SENDERS:
        foreign = other.sign(sender.make_body(NOW), other.secret, NOW)
        if not foreign or {name.lower() for name in foreign} & own:
            continue
        headers = {name.lower(): value for name, value in foreign.items()}
        body = sender.make_body(NOW).replace(sender.token.encode() or b"\0", b"")
        if "signature" in sender.settings and other.source == "custom":
            continue
        refused(sender, sender.deliver(headers=headers, body=body))
        tried += 1
    assert tried > 5


@pytest.mark.parametrize("sender", TIMED, ids=lambda one: one.name)
def test_a_stale_delivery_is_refused_and_one_in_time_is_not(sender: Sender) -> None:
    assert sender.tolerance is not None
    for late in (sender.tolerance, timedelta(0)):
        take(sender, sender.deliver(at=NOW - late))

    reason = refused(sender, sender.deliver(at=NOW - sender.tolerance - SECOND))
    early = refused(sender, sender.deliver(at=NOW + sender.tolerance + SECOND))

    assert "stale" in reason
    assert re.search(r"\d", reason)
    assert "stale" in early or "not valid before" in early


@pytest.mark.parametrize("sender", TIMED, ids=lambda one: one.name)
def test_the_clock_is_when_it_came(sender: Sender) -> None:
    late = NOW + timedelta(days=30)

    take(sender, replace(sender.deliver(at=late), received_at=late))


@every_sender
def test_an_empty_body_is_refused(sender: Sender) -> None:
    with pytest.raises(DeliveryError):
        take(sender, sender.deliver(body=b""))

    if sender.source == "linear" or not sender.token:
        with pytest.raises(MalformedError):
            take(sender, sender.deliver(body=b"", headers=sender.headers(b"")))


@every_sender
def test_a_trigger_without_a_secret_lets_nobody_in(sender: Sender) -> None:
    if not sender.token:
        refused(sender, sender.deliver(), "")


@every_sender
def test_the_hook_url_alone_opens_the_gateways_and_no_other(sender: Sender) -> None:
    bare = sender.deliver(headers={}, by_hook_token=True)

    if sender.source == "evolution_api":
        take(sender, bare)
    elif not sender.token:
        refused(sender, bare)


def _another(sender: Sender) -> str:
    if sender.source == "discord":
        return "07" * 32
    if sender.source == "standard":
        return "whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg=="
    return "another-secret-than-the-right-one"


def _changed_proofs(sender: Sender) -> Iterator[tuple[str, str]]:
    for name, value in sender.proofs().items():
        yield name, _changed(value)


def _changed(text: str) -> str:
    """One character is another one, of those that may stand there."""
    # in the middle of the last part: there the digest is, and no padding
    at = len(text) - 12 if len(text) > 24 else len(text) - 1
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]


def _family(name: str) -> str:
    """Some reasons name all headers that would do."""
    return {"authorization": "apikey", "apikey": "apikey"}.get(name, name)
