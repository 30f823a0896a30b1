"""The one-time link by which the first admin is made."""

import base64
import hmac

from recado.access.keys import Draw
from recado.model.redact import Secret

TOKEN_BYTES = 24


class SetupLink:
    """A token that lives in memory: each start makes another, and it is used once.

    Whoever reads the server's output at its start may be its admin; nobody else.
    """

    def __init__(self, draw: Draw) -> None:
        token = base64.urlsafe_b64encode(draw(TOKEN_BYTES)).decode()
        self._token: Secret | None = Secret(token)

    def address(self, public_url: str) -> str:
        """Return the link to print.

        Raises:
            ValueError: It was used.
        """
        if self._token is None:
            raise ValueError("the link was used")
        return f"{public_url}/setup?token={self._token.reveal()}"

    def opens(self, token: str) -> bool:
        """Tell whether this is the token, and was not used yet."""
        wanted = self._token
        return wanted is not None and hmac.compare_digest(
            wanted.reveal().encode(), token.encode()
        )

    def use_up(self) -> None:
        """Let the link open nothing more."""
        self._token = None
