from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado import wire
from recado.model.redact import MASK, Secret, masked, masked_body, masked_headers

NAMES = st.sampled_from(
    [
        "instanceToken",
        "instancetoken",
        "apikey",
        "apiKey",
        "api_key",
        "X-Api-Key",
        "Authorization",
        "Proxy-Authorization",
        "mediaKey",
        "api\u212aey",
        "data",
        'apikey"',
        "",
    ]
)
VALUES = st.recursive(
    st.none() | st.integers(0, 9) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(st.dictionaries(NAMES, VALUES))
def test_the_quick_way_masks_what_the_walk_masks(body: dict[str, Any]) -> None:
    assert masked_body(wire.encode(body), body) == masked(body)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"instanceToken":"canary"}',
        b'{"INSTANCETOKEN":"canary","data":{}}',
        b'{"instance\\u0054oken":"canary"}',
        b'{"a":{"instance\\u0054oken":"canary"}}',
        b'{"a":[{"x-api-key":"canary"}]}',
        b'{"apikey":"","a":{"apikey":"canary"}}',
        b'{"api\xe2\x84\xaaey":"","a":{"apikey":"canary"}}',
        b'{"authorization":{"bearer":["canary"]}}',
        b'{"apikey":"canary","filler":"' + b"x" * 70_000 + b'"}',
    ],
)
def test_a_secret_is_masked_wherever_it_stands(raw: bytes) -> None:
    text = wire.encode(masked_body(raw, wire.decode(raw)))

    assert b"canary" not in text
    assert MASK.encode() in text


def test_an_empty_secret_is_shown_as_empty() -> None:
    body = {"apikey": None, "instanceToken": ""}

    assert masked_body(wire.encode(body), body) == body


def test_a_secret_cannot_be_printed() -> None:
    secret = Secret("canary")

    assert f"{secret} {secret!r}" == "[redacted] Secret([redacted])"
    assert secret.reveal() == "canary"


def test_headers_that_prove_the_sender_are_masked() -> None:
    headers = {"apikey": "canary", "x-signature": "canary", "accept": "*/*"}

    assert masked_headers(headers) == {
        "apikey": MASK,
        "x-signature": MASK,
        "accept": "*/*",
    }
