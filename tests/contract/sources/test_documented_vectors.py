"""The examples that senders give in their documentation."""

import hmac
from datetime import UTC, datetime

import jwt
import pytest

from recado.errors import BadProofError
from recado.intake.delivery import Delivery
from recado.intake.signature import is_ed25519
from recado.intake.sources.registry import SOURCES
from tests.helpers.senders import SENDERS

SLACK = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
VECTORS = {
    # docs.github.com, Validating webhook deliveries
    "github": (
        "It's a Secret to Everybody",
        b"Hello, World!",
        0,
        {
            "x-hub-signature-256": "sha256="
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        },
    ),
    # waha.devlike.pro, Events
    "waha": (
        "my-secret-key",
        b'{"event":"message","session":"default","engine":"WEBJS"}',
        0,
        {
            "x-webhook-hmac": "208f8a55dde9e05519e898b10b89bf0d"
            "0b3b0fdf11fdbf09b6b90476301b98d8097c462b2b17a6ce93b6b47a136cf2e7"
            "8a33a63f6752c2c1631777076153fa89"
        },
    ),
    # docs.slack.dev, Verifying requests from Slack
    "slack": (
        "8f742231b10e8888abcd99yyyzzz85a5",
        SLACK,
        1531420618,
        {
            "x-slack-request-timestamp": "1531420618",
            "x-slack-signature": "v0="
            "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
    ),
    # docs.svix.com, How to verify webhooks manually
    "standard": (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b'{"test": 2432232314}',
        1614265330,
        {
            "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "svix-timestamp": "1614265330",
            "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_the_documented_example_is_accepted_and_nothing_like_it(name: str) -> None:
    secret, body, seconds, headers = VECTORS[name]
    [sender, *_] = [one for one in SENDERS if one.source == name]
    at = datetime.fromtimestamp(seconds, UTC)
    trigger, source = sender.trigger(secret), SOURCES[name]

    proof = source.verify(Delivery(headers=headers, body=body, received_at=at), trigger)
    with pytest.raises(BadProofError, match="does not match"):
        source.verify(
            Delivery(headers=headers, body=body + b" ", received_at=at), trigger
        )

    assert proof is trigger.secrets[0]


def test_ed25519_is_that_of_rfc_8032() -> None:
    key = bytes.fromhex(
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    )
    signature = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )

    assert is_ed25519(signature, b"\x72", public_key=key)
    assert not is_ed25519(signature, b"\x73", public_key=key)
    assert not is_ed25519(signature[:-1], b"\x72", public_key=key)
    assert not is_ed25519(signature, b"\x72", public_key=key[:-1])


@pytest.mark.parametrize("claims", ["none", "HS512", "expired", "no time"])
def test_a_jwt_that_chooses_its_own_rules_is_refused(claims: str) -> None:
    [sender] = [one for one in SENDERS if one.name == "evolution_api, JWT"]
    at = sender.deliver().received_at.timestamp()
    valid = {"iat": at, "exp": at + 600}
    secret = sender.secret
    token = {
        "none": jwt.encode(valid, "", algorithm="none"),
        "HS512": jwt.encode(valid, secret * 2, algorithm="HS512"),
        "expired": jwt.encode(valid | {"exp": at - 61}, secret, algorithm="HS256"),
        "no time": jwt.encode({"iat": at}, secret, algorithm="HS256"),
    }[claims]
    delivery = sender.deliver(headers={"authorization": f"Bearer {token}"})

    with pytest.raises(BadProofError, match="JWT"):
        SOURCES["evolution_api"].verify(delivery, sender.trigger())


def test_a_signature_is_compared_in_constant_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[int, int]] = []
    real = hmac.compare_digest

    def watched(left: bytes, right: bytes) -> bool:
        compared.append((len(left), len(right)))
        return real(left, right)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    for sender in SENDERS:
        if sender.source == "discord" or "v1a" in sender.name:
            continue  # public keys: nothing to give away
        before = len(compared)
        SOURCES[sender.source].verify(sender.deliver(), sender.trigger())

        assert len(compared) > before, sender.name
