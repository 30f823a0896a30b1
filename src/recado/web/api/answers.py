"""How answers are written: JSON through the one JSON module."""

from typing import Any

from starlette.responses import JSONResponse

from recado import wire


class WireResponse(JSONResponse):
    """An answer in JSON; moments in it become ISO 8601 in UTC with a ``Z``."""

    def render(self, content: Any) -> bytes:
        """Return the bytes that are sent."""
        return wire.encode(content)
