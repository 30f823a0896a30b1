"""Encrypts what must be kept secret but read again."""

import base64

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from recado.errors import SettingsError, StoreError
from recado.model.redact import Secret

NONCE_BYTES = 12
SEALED_OVERHEAD = NONCE_BYTES + 16
"""Bytes that sealing adds."""

_OTHER_KEY = (
    "a stored secret cannot be read with this RECADO_SECRET_KEY; use the key file that "
    "belongs to this database"
)


class Cipher:
    """Fernet (AES-128-CBC with HMAC-SHA256) under the server's key.

    What is large is sealed with AES-256-GCM instead, under a key derived from it:
    that adds 28 bytes instead of a third, and takes a tenth of the time.
    """

    def __init__(self, key: Secret) -> None:
        try:
            self._fernet = Fernet(key.reveal())
        except ValueError as error:
            raise SettingsError(
                "RECADO_SECRET_KEY is not a key: it must be 32 random bytes in "
                "URL-safe base64 (44 characters). Leave it out and Recado makes one."
            ) from error
        derive = HKDF(SHA256(), 32, salt=None, info=b"recado: what is sealed")
        self._aead = AESGCM(derive.derive(base64.urlsafe_b64decode(key.reveal())))

    def encrypt(self, secret: Secret) -> str:
        """Return the text that may be stored."""
        return self._fernet.encrypt(secret.reveal().encode()).decode()

    def decrypt(self, stored: str) -> Secret:
        """Return what was encrypted.

        Raises:
            StoreError: It was encrypted with another key.
        """
        try:
            return Secret(self._fernet.decrypt(stored.encode()).decode())
        except InvalidToken as error:
            raise StoreError(_OTHER_KEY) from error

    def seal(self, content: bytes, *, about: bytes, nonce: bytes) -> bytes:
        """Return bytes that may be stored; ``about`` is needed to open them again.

        ``nonce`` are ``NONCE_BYTES`` random bytes, new ones each time.
        """
        return nonce + self._aead.encrypt(nonce, content, about)

    def unseal(self, sealed: bytes, *, about: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            StoreError: It was sealed with another key, or for something else.
        """
        nonce, content = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._aead.decrypt(nonce, content, about)
        except InvalidTag as error:
            raise StoreError(_OTHER_KEY) from error
