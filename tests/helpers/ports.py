"""Ports that nobody listens on."""

import secrets
import socket

_FIRST, _LAST = 20_000, 31_999
"""Below those that systems give to whoever connects, or binds to any: a port that is
free between two lives of its server is not gone when the second one begins."""


def free_ports(count: int) -> list[int]:
    held: dict[int, socket.socket] = {}
    while len(held) < count:
        one = socket.socket()
        # not by the numbers of ``random``, which each worker of a test run begins alike
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            one.close()
        else:
            held[port] = one
    for one in held.values():
        one.close()
    return list(held)
