"""Passwords: what they must be, and what is stored of them."""

import asyncio
import base64
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from recado.access.keys import Draw
from recado.errors import InvalidError, Problem
from recado.model.redact import Secret

SHORTEST = 12
LONGEST = 256
MADE_BYTES = 15

# argon2id as OWASP recommends it where memory is short: 19 MiB, two passes.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# No password is known to hash to zeros, and trying one takes as long as with any hash.
_NOBODYS = (
    f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},"
    f"p={_HASHER.parallelism}${'A' * 22}${'A' * 43}"
)
AT_ONCE = 2
"""Passwords that are hashed at the same time: each takes 19 MiB and a core."""


def make_password(draw: Draw) -> Secret:
    """Return a password of 120 random bits that can be read out."""
    text = base64.b32encode(draw(MADE_BYTES)).decode().lower()
    return Secret("-".join(text[start : start + 6] for start in range(0, 24, 6)))


def check_password(password: Secret, *, name: str, field: str = "password") -> None:
    """Return when a password will do.

    Raises:
        InvalidError: It is too short, too long, or the name.
    """
    text = password.reveal()
    if not SHORTEST <= len(text) <= LONGEST:
        problem, code = f"must have {SHORTEST} to {LONGEST} characters", "length"
    elif text.casefold() == name.casefold() or len(set(text)) <= 2:  # noqa: PLR2004 (one or two different characters)
        problem, code = "is too easy to guess", "easy"
    else:
        return
    raise InvalidError([Problem(field, problem, f"password_{code}")])


class Passwords:
    """Hashes and verifies, off the event loop and a few at a time."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)

    async def hash(self, password: Secret) -> str:
        """Return what is stored of a password."""
        async with self._room:
            return await asyncio.to_thread(_HASHER.hash, _bytes_of(password))

    async def is_right(self, password: Secret, hashed: str | None) -> bool:
        """Tell whether a password is the one that was hashed.

        None takes as long and is never right, so that names cannot be found out.
        """
        if len(password.reveal()) > LONGEST:
            return False
        async with self._room:
            is_right = await asyncio.to_thread(_verified, password, hashed or _NOBODYS)
        return is_right and hashed is not None


def is_outdated(hashed: str) -> bool:
    """Tell whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(hashed)


def _verified(password: Secret, hashed: str) -> bool:
    try:
        return _HASHER.verify(hashed, _bytes_of(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes_of(password: Secret) -> bytes:
    # the same letters, whichever way a keyboard puts its accents on
    return unicodedata.normalize("NFKC", password.reveal()).encode()
