"""A file that travels inside the call, as a value; the transport streams it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import SEEK_END
from typing import BinaryIO, Protocol, runtime_checkable

UNKNOWN_TYPE = "application/octet-stream"


@runtime_checkable
class FilePath(Protocol):
    """A ``pathlib.Path`` or its like; that module would make each start slower."""

    def __fspath__(self) -> str:
        """Return it as text."""
        ...


Progress = Callable[[int, int | None], None]
"""Hears ``(sent_bytes, total_bytes)`` after each piece; total None when unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to send: its bytes, where it lies, or a binary stream opened by you.

    ``filename`` is what the gateway is told; "" takes the path's own name. ``size`` is
    how many bytes to send, None for all: a path and a stream that can seek are
    measured, any other stream then goes out in chunks. A stream is read from where it
    stands, and closed by you. A call is tried again only if the file can be read again,
    or none of it was: a stream needs to seek for that.

    ``progress`` hears ``(sent_bytes, total_bytes)``, from the start again in each try.
    It must be quick, and so must a stream: the blocking client reads and tells in a
    thread of the HTTP library that serves all calls of the process.
    """

    content: bytes | FilePath | BinaryIO = field(repr=False)
    filename: str = ""
    content_type: str = UNKNOWN_TYPE
    size: int | None = None
    progress: Progress | None = field(default=None, repr=False, compare=False)
    start: int | None = field(default=None, init=False, repr=False)
    """Where a stream stood; None for what is no stream and for one that cannot seek."""

    def __post_init__(self) -> None:
        content = self.content
        if not self.filename:
            if not isinstance(content, FilePath):
                raise ValueError("filename must be given unless content is a path")
            name = content.__fspath__().replace("\\", "/").rpartition("/")[2]
            object.__setattr__(self, "filename", name)
        if isinstance(content, bytes):
            object.__setattr__(self, "size", len(content))
        elif not isinstance(content, FilePath) and content.seekable():
            self._measure(content)

    def _measure(self, stream: BinaryIO) -> None:
        start = stream.tell()
        object.__setattr__(self, "start", start)
        if self.size is None:
            object.__setattr__(self, "size", stream.seek(0, SEEK_END) - start)
            stream.seek(start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """The parts of a multipart body: text fields in their order, then ``file``.

    The file goes out under the field name ``file``.
    """

    fields: tuple[tuple[str, str], ...]
    file: Upload
