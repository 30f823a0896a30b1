"""The exact bytes of a webhook, and what came with them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from recado import wire
from recado.errors import MalformedError, NotJsonError

_NOT_READ: Final = object()


# Not frozen, which would make it take three times as long to make: there is one of
# them for every event.
@dataclass(slots=True, kw_only=True)
class Delivery:
    """One request of a sender, untouched: nobody changes it.

    ``headers`` have lower-case names; of repeated ones the last is kept.
    ``by_hook_token`` tells that it came to the unguessable ``/hooks/{token}``.
    Headers and body may hold secrets, so they are not part of the ``repr``.
    """

    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    received_at: datetime
    source_ip: str = ""
    by_hook_token: bool = False
    # a sender may have to prove itself before its JSON is judged, or by a field in
    # it: whoever comes first decodes, the others find the value here
    _decoded: Any = field(default=_NOT_READ, init=False, repr=False, compare=False)

    def json(self) -> Any:
        """Return the body's JSON value. It is decoded once, so do not change it.

        Raises:
            MalformedError: The body is not JSON; says where.
        """
        if self._decoded is _NOT_READ:
            try:
                self._decoded = wire.decode(self.body)
            except NotJsonError as error:
                raise MalformedError(f"the body is not JSON: {error}") from error
        return self._decoded
