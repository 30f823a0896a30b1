"""A client for servers of tests, which speak no TLS."""

from pyreqwest.client import ClientBuilder


def plain_http() -> ClientBuilder:
    """Return the builder of one that reads no roots of trust: those take 5 ms each."""
    return ClientBuilder().danger_accept_invalid_certs(enable=True)
