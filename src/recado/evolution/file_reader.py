"""A file in pieces, for one try: read as they go out, never held as a whole."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from threading import Lock
from types import TracebackType
from typing import BinaryIO, Self

from recado.evolution.upload import FilePath, Upload

PIECE = 262_144
"""Bytes read at a time."""


class FileReader:
    """Reads an upload once, from its start. A context manager: it ends the reading.

    The transport may read from a thread of its own and longer than the call lasts; what
    is read after the end fails, so that two tries never read one stream at a time.
    """

    def __init__(self, upload: Upload) -> None:
        """Open it.

        Raises:
            OSError: The file cannot be opened.
        """
        self.size = upload.size
        self._sent = 0
        self._upload = upload
        self._lock = Lock()
        self._ended = False
        self._opened: BinaryIO | None = None
        self._read = self._find_read(upload)

    @property
    def can_start_again(self) -> bool:
        """Whether another try could send the same: a stream may not be able to."""
        content = self._upload.content
        is_stream = not isinstance(content, bytes | FilePath)
        return not is_stream or self._upload.start is not None or self._sent == 0

    def pieces(self) -> Iterator[bytes]:
        """Give the file piece by piece, and tell its progress.

        Raises:
            OSError: It cannot be read.
            ValueError: It holds fewer bytes than was said.
        """
        while piece := self._next():
            yield piece
            self._told()

    async def pieces_async(self) -> AsyncIterator[bytes]:
        """Give what ``pieces`` gives, without holding up the event loop."""
        import asyncio  # noqa: PLC0415 -- a program that never awaits does not load it

        while piece := await asyncio.to_thread(self._next):
            yield piece
            self._told()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._ended = True
            if self._opened is not None:
                self._opened.close()

    def _find_read(self, upload: Upload) -> Callable[[int], bytes]:
        content = upload.content
        if isinstance(content, bytes):
            return lambda count: content[self._sent : self._sent + count]
        if isinstance(content, FilePath):
            self._opened = open(content, "rb")  # noqa: PTH123, SIM115 -- pathlib loads slowly; it is closed at the end
            if self.size is None:
                self.size = os.fstat(self._opened.fileno()).st_size
            return self._opened.read
        if upload.start is not None:
            content.seek(upload.start)
        return content.read

    def _next(self) -> bytes:
        left = PIECE if self.size is None else min(PIECE, self.size - self._sent)
        with self._lock:
            if self._ended:
                raise ValueError("the call is over")
            piece = self._read(left)
        if left and not piece and self.size is not None:
            raise ValueError(
                f"{self._upload.filename} should hold {self.size} bytes, but only "
                f"{self._sent} came; nothing was sent"
            )
        self._sent += len(piece)
        return piece

    def _told(self) -> None:
        if self._upload.progress is not None:
            self._upload.progress(self._sent, self.size)
