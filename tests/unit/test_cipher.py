"""What is sealed opens with the same key, for the same thing, and not otherwise."""

import pytest

from recado.errors import StoreError
from recado.model.redact import Secret
from recado.store.cipher import NONCE_BYTES, SEALED_OVERHEAD, Cipher

KEY = Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
OTHER = Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWc=")
NONCE = bytes(NONCE_BYTES)


def test_what_is_sealed_can_be_opened() -> None:
    sealed = Cipher(KEY).seal(b"content", about=b"this", nonce=NONCE)

    assert b"content" not in sealed
    assert len(sealed) == len(b"content") + SEALED_OVERHEAD
    assert Cipher(KEY).unseal(sealed, about=b"this") == b"content"


@pytest.mark.parametrize(("key", "about"), [(OTHER, b"this"), (KEY, b"that")])
def test_another_key_or_another_thing_does_not_open_it(
    key: Secret, about: bytes
) -> None:
    sealed = Cipher(KEY).seal(b"content", about=b"this", nonce=NONCE)

    with pytest.raises(StoreError, match="RECADO_SECRET_KEY"):
        Cipher(key).unseal(sealed, about=about)


def test_a_changed_byte_does_not_pass() -> None:
    sealed = bytearray(Cipher(KEY).seal(b"content", about=b"this", nonce=NONCE))
    sealed[-1] ^= 1

    with pytest.raises(StoreError):
        Cipher(KEY).unseal(bytes(sealed), about=b"this")
