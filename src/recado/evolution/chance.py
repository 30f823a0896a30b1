"""Chance, from the operating system: for waits and for names of messages."""

import os


def draw() -> float:
    """Return a random number in [0, 1)."""
    # the standard modules for this cost a command line more than a tenth of its start
    return (int.from_bytes(os.urandom(7), "big") >> 3) * 2.0**-53


def token(count: int) -> str:
    """Return ``count`` random bytes as hexadecimal; nobody can guess them."""
    return os.urandom(count).hex()
