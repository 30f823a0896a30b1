"""Encrypts what must be kept secret but read again."""

from cryptography.fernet import Fernet, InvalidToken

from recado.errors import SettingsError, StoreError
from recado.model.redact import Secret


class Cipher:
    """Fernet (AES-128-CBC with HMAC-SHA256) under the server's key."""

    def __init__(self, key: Secret) -> None:
        try:
            self._fernet = Fernet(key.reveal())
        except ValueError as error:
            raise SettingsError(
                "RECADO_SECRET_KEY is not a key: it must be 32 random bytes in "
                "URL-safe base64 (44 characters). Leave it out and Recado makes one."
            ) from error

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
            raise StoreError(
                "a stored secret cannot be read with this RECADO_SECRET_KEY; use the "
                "key file that belongs to this database"
            ) from error
