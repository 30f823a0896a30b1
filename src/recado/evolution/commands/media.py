"""The call that sends pictures, films, sounds and documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from recado.evolution.commands.base import Timing, need_http
from recado.evolution.commands.sending import NamedSend
from recado.evolution.upload import Multipart, Upload

MediaType = Literal["image", "video", "audio", "document", "ptv"]
"""``audio`` becomes a voice note, ``ptv`` is a round video note."""

_TYPES: tuple[str, ...] = get_args(MediaType)

_ONLY_WITH_URL = ("format_jid", "quoted", "mention_all", "mentioned_jid")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMedia(NamedSend):
    """Send a file: ``url``, which the gateway fetches, or ``file``, which we upload.

    An image is JPEG, PNG or WebP, a video MP4; a document may be anything. A caption
    is not shown with ``audio`` and ``ptv``.
    """

    path = "/send/media"
    timing = Timing.SEND_MEDIA

    type: MediaType
    url: str = ""
    file: Upload | None = None
    caption: str | None = None
    filename: str | None = None

    def check(self) -> None:
        """See ``Send``."""
        if self.type not in _TYPES:
            raise ValueError(
                f"type is {self.type!r}; it must be one of {', '.join(_TYPES)}"
            )
        if bool(self.url) == (self.file is not None):
            raise ValueError("give either url or file")
        if self.file is None:
            need_http(url=self.url)
            self._check_mentions()
        else:
            self._check_upload()

    def _check_mentions(self) -> None:
        mentions = bool(self.mention_all or self.mentioned_jid)
        if self.type == "document" and self.caption and mentions:
            raise ValueError(
                "a document with a caption cannot mention anybody: this version of "
                "the gateway fails on it. Send the mention as a text"
            )

    def _check_upload(self) -> None:
        if self.type == "ptv":
            raise ValueError("a ptv cannot be uploaded; give its url")
        given = [name for name in _ONLY_WITH_URL if getattr(self, name)]
        if given or self.format_jid is False:
            raise ValueError(
                f"{', '.join(given) or 'format_jid'} cannot be given with file; "
                "only a url can be sent that way"
            )

    def content(self) -> dict[str, Any]:
        """See ``Send``."""
        return {
            "url": self.url,
            "type": self.type,
            "caption": self.caption,
            "filename": self.filename,
        }

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return None if self.file else NamedSend.body(self)

    def upload(self) -> Multipart | None:
        """See ``Command``."""
        if self.file is None:
            return None
        return Multipart(fields=tuple(self._parts(self.file)), file=self.file)

    def _parts(self, file: Upload) -> Iterator[tuple[str, str]]:
        yield "number", self.recipient
        yield "type", self.type
        yield "filename", self.filename or file.filename
        if self.caption is not None:
            yield "caption", self.caption
        if self.id:
            yield "id", self.id
        if self.delay is not None:
            yield "delay", str(self.delay)
