"""Signatures: HMAC in its many spellings, and Ed25519."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from recado.errors import BadProofError
from recado.intake.delivery import Delivery
from recado.intake.verify import usable, which_secrets
from recado.model.redact import Secret
from recado.model.trigger import Encoding

DIGEST_BYTES = {"sha1": 20, "sha256": 32, "sha512": 64}
"""The algorithms of an HMAC that senders use."""

ED25519_BYTES = 32
"""Bytes of a public key."""

_INNER_PAD, _OUTER_PAD = 0x36, 0x5C  # RFC 2104, section 2

Key = Callable[[Secret], bytes]


def as_text(secret: Secret) -> bytes:
    """Return the key of senders that use the text of the secret itself."""
    return secret.reveal().encode()


def from_hex(digits: str) -> bytes | None:
    """Return what hex digits stand for, None if they are none."""
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        return None
    # fromhex passes over blanks, so the number of digits has to be right as well
    return found if len(found) * 2 == len(digits) else None


def from_base64(text: str) -> bytes | None:
    """Return what a base64 text stands for, None if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class HmacScheme:
    """How a sender writes an HMAC into a header; of ``headers`` the first counts.

    ``prefix`` may stand before it, and need not.
    """

    headers: tuple[str, ...]
    algorithm: str = "sha256"
    encoding: Encoding = Encoding.HEX
    prefix: str = "sha256="

    def read(self, delivery: Delivery) -> bytes:
        """Return the digest that a delivery carries.

        Raises:
            BadProofError: There is none, or it cannot be one.
        """
        for name in self.headers:
            text = delivery.headers.get(name.lower())
            if text:
                return self._decoded(name, text)
        raise BadProofError(
            f"there is no signature: an {self._named()} is expected in "
            f"header {' or '.join(self.headers)}"
        )

    def describe(self, delivery: Delivery) -> str:
        """Return in words what was found, without what it says."""
        name = next(one for one in self.headers if delivery.headers.get(one.lower()))
        return f"header {name} had {self._size()}"

    def _decoded(self, name: str, text: str) -> bytes:
        digest = text.strip().removeprefix(self.prefix)
        is_base64 = self.encoding == "base64"
        given = from_base64(digest) if is_base64 else from_hex(digest)
        if given is None or len(given) != DIGEST_BYTES[self.algorithm]:
            raise BadProofError(
                f"header {name} is not an {self._named()}: it has {len(digest)} "
                f"character{'' if len(digest) == 1 else 's'}, and {self._size()} are "
                "expected"
            )
        return given

    def _named(self) -> str:
        return f"HMAC-{self.algorithm.upper()} in {self.encoding}"

    def _size(self) -> str:
        count = DIGEST_BYTES[self.algorithm]
        if self.encoding is Encoding.HEX:
            return f"{count * 2} hex digits"
        return f"{-(-count // 3) * 4} base64 characters"


def verify_hmac(
    delivery: Delivery,
    secrets: Sequence[Secret],
    scheme: HmacScheme,
    *,
    content: bytes | None = None,
) -> Secret:
    """Return the secret whose HMAC the delivery carries.

    ``content`` is what was signed, without it the body. Each secret is accepted, so
    that an old one is good until its overlap ends.

    Raises:
        BadProofError: It carries none; the text says what was looked at.
    """
    signed = delivery.body if content is None else content
    given = scheme.read(delivery)
    found = find_hmac([given], signed, usable(secrets), algorithm=scheme.algorithm)
    if found is None:
        raise mismatch(delivery, secrets, found=scheme.describe(delivery))
    return found


def find_hmac(
    given: Sequence[bytes],
    content: bytes,
    secrets: Sequence[Secret],
    *,
    algorithm: str = "sha256",
    key: Key = as_text,
) -> Secret | None:
    """Return the secret of which one of the digests is, None if of none."""
    for secret in secrets:
        right = _hmac(key(secret), content, algorithm)
        for one in given:
            if hmac.compare_digest(right, one):
                return secret
    return None


def _hmac(key: bytes, content: bytes, algorithm: str) -> bytes:
    """Return what ``hmac.digest`` returns, in half the time.

    A key's share of the work is done once (RFC 2104, section 4).
    """
    begun_inner, begun_outer = _begun(key, algorithm)
    inner = begun_inner.copy()
    inner.update(content)
    outer = begun_outer.copy()
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=256)
def _begun(key: bytes, algorithm: str) -> tuple["hashlib._Hash", "hashlib._Hash"]:
    size = hashlib.new(algorithm).block_size
    short = key if len(key) <= size else hashlib.new(algorithm, key).digest()
    padded = short.ljust(size, b"\0")
    inner = bytes(byte ^ _INNER_PAD for byte in padded)
    outer = bytes(byte ^ _OUTER_PAD for byte in padded)
    return hashlib.new(algorithm, inner), hashlib.new(algorithm, outer)


def is_ed25519(signature: bytes, content: bytes, *, public_key: bytes) -> bool:
    """Tell whether the holder of a key signed a content (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def mismatch(
    delivery: Delivery, secrets: Sequence[Secret], *, found: str
) -> BadProofError:
    """Return the error that says a signature is of something else."""
    return BadProofError(
        f"signature does not match: computed over {len(delivery.body):,} bytes with "
        f"{which_secrets(secrets)}; {found}. The secret differs, or the body was "
        "changed on its way"
    )
