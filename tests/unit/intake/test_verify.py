import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.errors import BadProofError, MalformedError
from recado.intake.signature import DIGEST_BYTES, HmacScheme, find_hmac, verify_hmac
from recado.intake.sources.registry import SOURCES
from recado.intake.verify import WEBHOOK_HEADERS
from recado.model.redact import Secret
from tests.unit.intake.builders import (
    TOKEN,
    a_delivery,
    a_signed_delivery,
    a_trigger,
    sample,
)

SCHEME = HmacScheme(headers=WEBHOOK_HEADERS)
SECRETS = st.text(st.characters(codec="utf-8"), min_size=1)


@given(st.binary(), SECRETS, st.booleans(), st.booleans())
def test_the_right_signature_is_accepted_in_each_spelling(
    body: bytes, secret: str, prefixed: bool, upper: bool
) -> None:
    digest = hmac.digest(secret.encode(), body, "sha256").hex()
    text = ("sha256=" if prefixed else "") + (digest.upper() if upper else digest)

    delivery = a_delivery(body, {"x-signature": text})

    verify_hmac(delivery, [Secret(secret)], SCHEME)


@pytest.mark.parametrize("algorithm", DIGEST_BYTES)
@pytest.mark.parametrize("length", [1, 63, 64, 65, 127, 128, 129, 300])
def test_a_key_of_any_length_gives_the_standard_librarys_digest(
    length: int, algorithm: str
) -> None:
    secret = Secret("k" * length)
    for content in (b"", b"first", b"second" * 100):
        right = hmac.digest(b"k" * length, content, algorithm)

        assert find_hmac([right], content, [secret], algorithm=algorithm) is secret
        assert find_hmac([right], content + b"x", [secret], algorithm=algorithm) is None


@given(st.binary(min_size=1), SECRETS, st.data())
def test_one_flipped_bit_is_refused(
    body: bytes, secret: str, data: st.DataObject
) -> None:
    signature = hmac.digest(secret.encode(), body, "sha256")
    in_body = data.draw(st.booleans())
    flipped = bytearray(body if in_body else signature)
    bit = data.draw(st.integers(0, len(flipped) * 8 - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    if in_body:
        delivery = a_delivery(bytes(flipped), {"x-signature": signature.hex()})
    else:
        delivery = a_delivery(body, {"x-signature": flipped.hex()})

    with pytest.raises(BadProofError, match="does not match"):
        verify_hmac(delivery, [Secret(secret)], SCHEME)


@pytest.mark.parametrize("secret", ["new", "old"])
def test_while_secrets_overlap_each_is_accepted(secret: str) -> None:
    trigger = a_trigger("custom", secrets=("new", "old"))

    SOURCES["custom"].verify(a_signed_delivery(b"{}", secret), trigger)


def test_a_reason_tells_what_was_looked_at_and_no_secret() -> None:
    delivery = a_signed_delivery(b"x" * 1213, "wrong")
    right = hmac.digest(b"the right one", delivery.body, "sha256").hex()

    with pytest.raises(BadProofError) as refused:
        verify_hmac(delivery, [Secret("the right one")], SCHEME)

    assert (
        "computed over 1,213 bytes with the current secret; "
        "header X-Webhook-Signature had 64 hex digits"
    ) in str(refused.value)
    assert "the right one" not in str(refused.value)
    assert right not in str(refused.value)


def test_without_a_signature_the_reason_names_the_headers() -> None:
    delivery = a_delivery(b"{}", {"x-signature": ""})

    with pytest.raises(BadProofError, match="X-Webhook-Signature or X-Signature"):
        SOURCES["custom"].verify(delivery, a_trigger("custom"))


@pytest.mark.parametrize("text", ["zz" * 32, "ab", "ab " * 32, "é" * 64, "sha1=ab"])
def test_what_is_no_sha256_in_hex_is_refused_as_that(text: str) -> None:
    delivery = a_delivery(b"{}", {"x-signature": text})

    with pytest.raises(BadProofError, match="is not an HMAC-SHA256 in hex"):
        SOURCES["custom"].verify(delivery, a_trigger("custom"))


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_a_trigger_without_a_secret_lets_nobody_in(secrets: tuple[str, ...]) -> None:
    delivery = a_signed_delivery(b"{}", "")

    with pytest.raises(BadProofError, match="has no secret"):
        SOURCES["custom"].verify(delivery, a_trigger("custom", secrets=secrets))


def test_github_is_known_by_its_own_header_alone() -> None:
    trigger, github = a_trigger("github"), SOURCES["github"]

    github.verify(
        a_signed_delivery(b"{}", "first secret", "x-hub-signature-256"), trigger
    )
    with pytest.raises(BadProofError, match="X-Hub-Signature-256"):
        github.verify(a_signed_delivery(b"{}", "first secret"), trigger)


def test_the_hook_url_alone_does_not_open_a_source_that_signs() -> None:
    for source in ("custom", "github"):
        with pytest.raises(BadProofError, match="no signature"):
            SOURCES[source].verify(
                a_delivery(b"{}", by_hook_token=True), a_trigger(source)
            )


@pytest.mark.parametrize("source", ["custom", "github", "evolution_go"])
def test_broken_json_of_a_stranger_is_a_bad_proof(source: str) -> None:
    with pytest.raises(BadProofError):
        SOURCES[source].verify(a_delivery(b"{broken"), a_trigger(source))


def test_broken_json_of_a_proven_sender_is_malformed() -> None:
    delivery = a_signed_delivery(b"{broken", "first secret")
    custom = SOURCES["custom"]
    custom.verify(delivery, a_trigger("custom"))

    with pytest.raises(MalformedError, match="the body is not JSON"):
        custom.parse(delivery)


GATEWAYS = ["evolution_go", "evolution_api"]


@pytest.mark.parametrize("source", GATEWAYS)
def test_a_gateway_is_let_in_by_the_hook_url(source: str) -> None:
    SOURCES[source].verify(a_delivery(b"{}", by_hook_token=True), a_trigger(source))


@pytest.mark.parametrize("source", GATEWAYS)
def test_a_forwarder_of_a_gateway_may_sign(source: str) -> None:
    SOURCES[source].verify(a_signed_delivery(b"{}", "first secret"), a_trigger(source))

    with pytest.raises(BadProofError, match="does not match"):
        SOURCES[source].verify(a_signed_delivery(b"{}", "wrong"), a_trigger(source))


@pytest.mark.parametrize("source", GATEWAYS)
def test_on_the_guessable_url_a_reason_says_how_to_open_it(source: str) -> None:
    with pytest.raises(BadProofError, match="hook_url") as refused:
        SOURCES[source].verify(a_delivery(b"{}"), a_trigger(source))

    assert "settings.instance_token" in str(refused.value)


@pytest.mark.parametrize(
    ("source", "field"),
    [("evolution_go", "instanceToken"), ("evolution_api", "apikey")],
)
def test_the_token_in_the_body_opens_the_guessable_url(source: str, field: str) -> None:
    trigger = a_trigger(source, instance_token=TOKEN)

    SOURCES[source].verify(a_delivery({field: TOKEN}), trigger)
    wrong: list[Any] = [{field: "other"}, {field: 1}, {field: None}, {}, [], b"{broken"]
    for body in wrong:
        with pytest.raises(BadProofError) as refused:
            SOURCES[source].verify(a_delivery(body), trigger)
        assert "settings.instance_token" in str(refused.value)
        assert TOKEN not in str(refused.value)


def test_a_token_that_is_set_must_match_also_behind_the_hook_url() -> None:
    trigger = a_trigger("evolution_go", instance_token=TOKEN)
    body = sample("message_text.json") | {"instanceToken": "other"}

    with pytest.raises(BadProofError, match="is not the one in"):
        SOURCES["evolution_go"].verify(a_delivery(body, by_hook_token=True), trigger)


def test_a_delivery_is_decoded_once() -> None:
    delivery = a_delivery({"a": 1})

    assert delivery.json() is delivery.json()


def test_a_delivery_does_not_print_its_headers_and_body() -> None:
    delivery = a_delivery({"instanceToken": TOKEN}, {"authorization": "canary"})

    assert TOKEN not in repr(delivery)
    assert "canary" not in repr(delivery)
