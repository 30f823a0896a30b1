from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado import wire
from recado.model.redact import (
    MASK,
    Secret,
    masked,
    masked_body,
    masked_headers,
    masked_payload,
)

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
    assert masked_body(body) == masked(body)


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
    text = wire.encode(masked_body(wire.decode(raw)))

    assert b"canary" not in text
    assert MASK.encode() in text


def test_an_empty_secret_is_shown_as_empty() -> None:
    body = {"apikey": None, "instanceToken": ""}

    assert masked_body(body) == body


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


@pytest.mark.parametrize(
    "name",
    [
        "x-gitlab-token",
        "x-client-secret",
        "x-password",
        "my-api-key",
        "my_api_key",
        "x-apikey-2",
        "x-authorization-of",
        "set-cookie",
        "X-Hub-Signature-256",
        "x-auth",
        "x-proxy-auth-user",
        "x-key",
        "x-webhook-key",
        "x_shop_key",
        "x-pass",
        "x-passphrase",
        "x-credential",
    ],
)
def test_headers_whose_names_speak_of_secrets_are_masked(name: str) -> None:
    assert masked_headers({name: "canary"}) == {name: MASK}


@pytest.mark.parametrize(
    "name",
    ["x-original-uri", "x-forwarded-uri", "X-Original-URL", "x-rewrite-url", "referer"],
)
def test_a_proxy_s_header_does_not_show_the_unguessable_address(name: str) -> None:
    for value in ("/hooks/canary", "https://a.example/hooks/canary/x?y=1"):
        shown = masked_headers({name: value})

        assert "canary" not in shown[name]
        assert shown[name].startswith(value.partition("canary")[0])


@pytest.mark.parametrize(
    "name", ["idempotency-key", "x-author", "x-keyboard", "x-passed", "user-agent"]
)
def test_headers_that_say_something_else_are_shown(name: str) -> None:
    assert masked_headers({name: "shown"}) == {name: "shown"}


def test_a_field_of_an_event_with_such_a_name_reaches_the_action() -> None:
    body = {"token": "t", "password": "p", "cookie": "c", "data": {"signature": "s"}}

    assert masked_body(body) == body


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x?page=2", None),
        ("https://a.example/@ana", None),
        ("https://a.example/x?token=", None),
        ("https://{{ event.host }}/x?page={{ event.page }}", None),
        ("https://ana:canary@a.example", f"https://{MASK}@a.example"),
        ("https://canary@a.example/x", f"https://{MASK}@a.example/x"),
        ("https://an@na:canary@a.example/x", f"https://{MASK}@a.example/x"),
        ("https://a.example?token=canary", f"https://a.example?token={MASK}"),
        (
            "https://a.example?a=1&API_KEY=canary",
            f"https://a.example?a=1&API_KEY={MASK}",
        ),
        ("https://a.example?t%6Fken=canary#x", f"https://a.example?t%6Fken={MASK}#x"),
        ("https://a.example?key=canary", f"https://a.example?key={MASK}"),
        (
            "HTTPS://u:canary@a.example?sig=canary",
            f"HTTPS://{MASK}@a.example?sig={MASK}",
        ),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str | None) -> None:
    expected = url if shown is None else shown

    assert masked_payload(url) == expected
    assert masked_payload({"url": url}) == {"url": expected}


def test_a_payload_is_shown_without_the_secrets_of_its_request() -> None:
    payload = {
        "headers": {"X-Session-Token": "canary", "Accept": "*/*", "Cookie": ""},
        "body": {"token": "shown", "apikey": "canary", "url": "http://u:p@h"},
    }

    assert masked_payload(payload) == {
        "headers": {"X-Session-Token": MASK, "Accept": "*/*", "Cookie": ""},
        "body": {"token": "shown", "apikey": MASK, "url": "http://u:p@h"},
    }


@pytest.mark.parametrize("payload", ["reply.py", "tell ana@home ?token=x", 5, None, []])
def test_what_is_no_request_is_shown_as_it_is(payload: Any) -> None:
    assert masked_payload(payload) == payload
