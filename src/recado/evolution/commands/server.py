"""The calls about the server itself; they want no key."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from recado.evolution.commands.base import Command, needed
from recado.evolution.replies.server import Licence
from recado.evolution.transport import Auth


class ServerOk(Command[bool]):
    """Ask whether the server runs. It does not tell whether it is licensed."""

    __slots__ = ()

    method = "GET"
    path = "/server/ok"
    auth = Auth.NONE
    safe = True
    enveloped = False

    def read(self, data: Any) -> bool:
        """See ``Command``."""
        return bool(data["status"] == "ok")


class LicenseStatus(Command[Licence]):
    """Ask whether the server is licensed: without it every other call is refused."""

    __slots__ = ()

    method = "GET"
    path = "/license/status"
    auth = Auth.NONE
    safe = True
    enveloped = False

    def read(self, data: Any) -> Licence:
        """See ``Command``."""
        return Licence.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseRegister(Command[Licence]):
    """Begin to license the server; the reply says where to go on.

    It asks the licensing server. ``redirect_uri`` is where the browser ends up.
    """

    method = "GET"
    path = "/license/register"
    auth = Auth.NONE
    enveloped = False

    redirect_uri: str | None = None

    @property
    def target(self) -> str:
        """See ``Command``."""
        if not self.redirect_uri:
            return self.path
        return f"{self.path}?{urlencode({'redirect_uri': self.redirect_uri})}"

    def read(self, data: Any) -> Licence:
        """See ``Command``."""
        return Licence.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseActivate(Command[Licence]):
    """End to license the server, with the code that the licensing page gave."""

    method = "GET"
    path = "/license/activate"
    auth = Auth.NONE
    enveloped = False

    code: str

    def __post_init__(self) -> None:
        needed(code=self.code)

    @property
    def target(self) -> str:
        """See ``Command``."""
        return f"{self.path}?{urlencode({'code': self.code})}"

    def read(self, data: Any) -> Licence:
        """See ``Command``."""
        return Licence.read(data)
