"""Where the gateway is and the keys for it, from the environment or ``.env``."""

import os
from collections.abc import Mapping

from recado.cli.evo.dotenv import find_dotenv, read_dotenv

URL = "EVOLUTION_GO_URL"
KEY = "EVOLUTION_GO_KEY"
ADMIN_KEY = "EVOLUTION_GO_ADMIN_KEY"
INSTANCE = "EVOLUTION_GO_INSTANCE"

NAMES = (URL, KEY, ADMIN_KEY, INSTANCE)

_WHAT = {
    URL: "the gateway's address, such as http://127.0.0.1:8080",
    KEY: "the token of the instance",
    ADMIN_KEY: "the server's global key",
}


class Access:
    """The address, the keys and the word for the sending number.

    What is not set is "". It prints as nothing.
    """

    __slots__ = ("admin_key", "instance", "key", "looked_in", "url")

    def __init__(self, values: Mapping[str, str], *, looked_in: str) -> None:
        self.url = values.get(URL, "")
        self.key = values.get(KEY, "")
        self.admin_key = values.get(ADMIN_KEY, "")
        self.instance = values.get(INSTANCE, "")
        self.looked_in = looked_in

    def key_for(self, auth: str) -> str:
        """Return the key for a kind of route, ``instance``, ``admin`` or ``none``.

        The global key opens no route of an instance, but some servers are set up with
        one key for both.
        """
        if auth == "none":
            return ""
        return (self.admin_key or self.key) if auth == "admin" else self.key

    def find_missing(self, auth: str) -> str | None:
        """Return what to say when something is not set that such a route needs."""
        missing = [] if self.url else [URL]
        if auth != "none" and not self.key_for(auth):
            missing.append(ADMIN_KEY if auth == "admin" else KEY)
        if not missing:
            return None
        told = " and ".join(f"{name} ({_WHAT[name]})" for name in missing)
        return f"Not set: {told}. Looked in the environment and {self.looked_in}"


def read_access(environ: Mapping[str, str], *, folder: str, file: str) -> Access:
    """Return what the environment says, and where it says nothing, the file.

    The file is ``file``, or else the nearest ``.env`` from ``folder`` upwards.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is not UTF-8.
    """
    path = file or find_dotenv(folder)
    values = _read(path) if path else {}
    # a name that is set to nothing counts as not set
    values.update({name: environ[name] for name in NAMES if environ.get(name)})
    return Access(values, looked_in=path or f"no .env from {folder} upwards")


def _read(path: str) -> dict[str, str]:
    try:
        return read_dotenv(os.path.expanduser(path))  # noqa: PTH111 -- see dotenv
    except ValueError as error:
        raise ValueError(f"{path} is not UTF-8: {error}") from error
