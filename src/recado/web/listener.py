"""The socket that the server listens on."""

import socket

from recado.errors import SettingsError


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that is bound and does not block; port 0 picks a free one.

    Raises:
        SettingsError: The address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: only then does asyncio switch Nagle's algorithm off, which
    # would hold the second half of an answer for 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error}. Set RECADO_HOST and RECADO_PORT "
            "to an address of this machine that is free."
        ) from error
    listener.setblocking(False)  # noqa: FBT003 (its only argument)
    return listener


def url_of(listener: socket.socket, host: str) -> str:
    """Return the address under which this machine reaches a bound socket."""
    port = listener.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 (shown, not bound)
    return f"http://{shown}:{port}"
