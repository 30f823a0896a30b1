"""The calls that send texts, links, polls, stickers, locations and contacts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from recado.evolution.commands.base import Timing, need_http, need_list, needed
from recado.evolution.commands.sending import NamedSend
from recado.evolution.number import chat_of, phone_of, recipient_of

_LINK = re.compile(r"https?://\S")

NEARLY_ZERO = 1e-7
"""Degrees sent for an exact 0, which the gateway takes for a missing coordinate."""

FEWEST_OPTIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SendText(NamedSend):
    """Send a text."""

    path = "/send/text"
    timing = Timing.SEND_RETRYING

    text: str

    def check(self) -> None:
        """See ``Send``."""
        if not self.text:
            raise ValueError("text must not be empty")

    def content(self) -> dict[str, Any]:
        """See ``Send``."""
        return {"text": self.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLink(NamedSend):
    """Send a text whose link gets a preview.

    The gateway looks for the link in the text, so ``url`` is added to it when it is
    not there. The page's own title, description and picture win over ours.
    """

    path = "/send/link"
    timing = Timing.SEND_RETRYING

    text: str = ""
    url: str = ""
    title: str | None = None
    description: str | None = None
    img_url: str | None = None

    def check(self) -> None:
        """See ``Send``."""
        if self.url:
            need_http(url=self.url)
        elif not _LINK.search(self.text):
            raise ValueError(
                "there is no link: give url, or an http(s) address in text"
            )

    def content(self) -> dict[str, Any]:
        """See ``Send``."""
        return {
            "text": self._text_with_link,
            "title": self.title,
            "description": self.description,
            "imgUrl": self.img_url,
        }

    @property
    def _text_with_link(self) -> str:
        if self.url in self.text:
            return self.text
        return f"{self.text}\n{self.url}" if self.text else self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPoll(NamedSend):
    """Send a poll. ``max_answer`` is how many options one may choose, 0 any number.

    With an id a repeat shows once, but the gateway keeps the key of its first try
    only: the votes of a poll that arrived by a later try cannot be read.
    """

    path = "/send/poll"
    timing = Timing.SEND_RETRYING

    question: str
    options: Sequence[str]
    max_answer: int | None = None

    def check(self) -> None:
        """See ``Send``."""
        needed(question=self.question)
        need_list("options", self.options)
        count = len(self.options)
        if count < FEWEST_OPTIONS:
            raise ValueError("options must be two texts or more")
        if len(set(self.options)) < count:
            # a vote holds nothing but a digest of the option's text
            raise ValueError("options must differ, or votes could not be told apart")
        if not 0 <= (self.max_answer or 0) <= count:
            raise ValueError(
                f"max_answer is {self.max_answer}; it must be from 0 (any number) to "
                f"{count}, the number of options"
            )

    def content(self) -> dict[str, Any]:
        """See ``Send``."""
        return {
            "question": self.question,
            "options": list(self.options),
            "maxAnswer": self.max_answer,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSticker(NamedSend):
    """Send a sticker. ``sticker`` is an http(s) address of a picture."""

    path = "/send/sticker"
    timing = Timing.SEND_MEDIA_ONCE

    sticker: str

    def check(self) -> None:
        """See ``Send``."""
        need_http(sticker=self.sticker)

    def content(self) -> dict[str, Any]:
        """See ``Send``."""
        return {"sticker": self.sticker}


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLocation(NamedSend):
    """Send a place, in degrees; south and west are negative.

    The gateway wants a name and an address: where one is missing the other, or else
    the coordinates, stand in.
    """

    path = "/send/location"
    timing = Timing.SEND_ONCE

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""

    def check(self) -> None:
        """See ``Send``."""
        _need_within("latitude", self.latitude, limit=90)
        _need_within("longitude", self.longitude, limit=180)

    def content(self) -> dict[str, Any]:
        """See ``Send``."""
        place = f"{self.latitude:.5f}, {self.longitude:.5f}"
        return {
            "latitude": self.latitude or NEARLY_ZERO,
            "longitude": self.longitude or NEARLY_ZERO,
            "name": self.name or self.address or place,
            "address": self.address or self.name or place,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SendContact(NamedSend):
    """Send somebody's contact card. ``phone`` is a number with country code.

    The gateway checks ``number`` here even with ``format_jid`` False.
    """

    path = "/send/contact"
    timing = Timing.SEND_ONCE

    full_name: str
    phone: str
    organization: str | None = None

    @property
    def chat(self) -> str:
        """See ``Send``."""
        return chat_of(self.number)

    @property
    def recipient(self) -> str:
        """See ``Send``."""
        return recipient_of(self.number)

    def check(self) -> None:
        """See ``Send``."""
        needed(full_name=self.full_name)
        phone_of(self.phone)  # refuses nonsense
        chat_of(self.number)
        for name in ("full_name", "organization"):
            # it goes into the card's text as it is, where a line is a field
            if "\n" in (text := getattr(self, name) or "") or "\r" in text:
                raise ValueError(f"{name} must be one line")

    def content(self) -> dict[str, Any]:
        """See ``Send``."""
        vcard = {"fullName": self.full_name, "phone": phone_of(self.phone)}
        if self.organization is not None:
            vcard["organization"] = self.organization
        return {"vcard": vcard}


def _need_within(name: str, degrees: float, *, limit: int) -> None:
    if not isfinite(degrees) or abs(degrees) > limit:
        raise ValueError(f"{name} is {degrees}; it must be from -{limit} to {limit}")
