"""A file that travels inside the call, as a value; the transport streams it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to send: its bytes, where it lies, or a binary stream opened by you.

    ``filename`` is what the gateway is told; "" takes the path's own name. ``size`` is
    bytes, None when unknown (a stream then goes out in chunks). A stream is read from
    where it stands and closed by you; a call that is tried again needs one that can
    seek.
    """

    content: bytes | Path | BinaryIO = field(repr=False)
    filename: str = ""
    content_type: str = UNKNOWN_TYPE
    size: int | None = None

    def __post_init__(self) -> None:
        if not self.filename:
            if not isinstance(self.content, Path):
                raise ValueError("filename must be given unless content is a path")
            object.__setattr__(self, "filename", self.content.name)
        if self.size is None and isinstance(self.content, bytes):
            object.__setattr__(self, "size", len(self.content))


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """The parts of a multipart body: text fields in their order, then ``file``.

    The file goes out under the field name ``file``.
    """

    fields: tuple[tuple[str, str], ...]
    file: Upload
