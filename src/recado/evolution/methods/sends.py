"""The methods that send messages."""

from collections.abc import Sequence
from typing import Unpack

from recado.evolution.commands.media import MediaType, SendMedia
from recado.evolution.commands.sending import SendOptions, named
from recado.evolution.commands.sends import (
    SendContact,
    SendLink,
    SendLocation,
    SendPoll,
    SendSticker,
    SendText,
)
from recado.evolution.methods.base import Methods
from recado.evolution.replies.messages import SentMessage
from recado.evolution.upload import Upload


class SendMethods(Methods):
    """The methods that send messages."""

    __slots__ = ()

    def send_text(
        self, number: str, text: str, **options: Unpack[SendOptions]
    ) -> SentMessage:
        """Send a text to a person, group or channel (``POST /send/text``).

        ``number`` is a phone number with country code, or a JID. The message gets its
        id before the first try and keeps it, so a repeated try is shown once; with
        ``idempotency_key`` that holds for another run of the program as well.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return self.call(
            SendText(number=number, text=text, **named(options, self._namer))
        )

    def send_link(
        self,
        number: str,
        text: str = "",
        *,
        url: str = "",
        title: str | None = None,
        description: str | None = None,
        img_url: str | None = None,
        **options: Unpack[SendOptions],
    ) -> SentMessage:
        """Send a text whose link gets a preview (``POST /send/link``).

        ``url`` is put into the text when it is not there. The page's own title,
        description and picture win over the ones given here.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return self.call(
            SendLink(
                number=number,
                text=text,
                url=url,
                title=title,
                description=description,
                img_url=img_url,
                **named(options, self._namer),
            )
        )

    def send_media(
        self,
        number: str,
        type: MediaType,  # noqa: A002 -- the gateway's own word
        *,
        url: str = "",
        file: Upload | None = None,
        caption: str | None = None,
        filename: str | None = None,
        **options: Unpack[SendOptions],
    ) -> SentMessage:
        """Send a file: by ``url``, or with ``file`` from here (``POST /send/media``).

        ``type`` is image (JPEG, PNG, WebP), video (MP4), audio (which becomes a voice
        note), document (anything) or ptv (a round video note, by ``url`` only). With
        ``file`` nobody can be mentioned or quoted. The gateway fetches a ``url`` itself
        and does not look at its HTTP status.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return self.call(
            SendMedia(
                number=number,
                type=type,
                url=url,
                file=file,
                caption=caption,
                filename=filename,
                **named(options, self._namer),
            )
        )

    def send_poll(
        self,
        number: str,
        question: str,
        options: Sequence[str],
        *,
        max_answer: int | None = None,
        **send_options: Unpack[SendOptions],
    ) -> SentMessage:
        """Send a poll with two options or more (``POST /send/poll``).

        ``max_answer`` is how many options one may choose, 0 any number. The id of the
        message that is returned is what ``poll_results`` wants.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return self.call(
            SendPoll(
                number=number,
                question=question,
                options=options,
                max_answer=max_answer,
                **named(send_options, self._namer),
            )
        )

    def send_sticker(
        self, number: str, sticker: str, **options: Unpack[SendOptions]
    ) -> SentMessage:
        """Send a sticker (``POST /send/sticker``).

        ``sticker`` is the http(s) address of a picture.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return self.call(
            SendSticker(number=number, sticker=sticker, **named(options, self._namer))
        )

    def send_location(
        self,
        number: str,
        *,
        latitude: float,
        longitude: float,
        name: str = "",
        address: str = "",
        **options: Unpack[SendOptions],
    ) -> SentMessage:
        """Send a place (``POST /send/location``).

        ``latitude`` and ``longitude`` are degrees; south and west are negative. Without
        name and address the coordinates are shown.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return self.call(
            SendLocation(
                number=number,
                latitude=latitude,
                longitude=longitude,
                name=name,
                address=address,
                **named(options, self._namer),
            )
        )

    def send_contact(
        self,
        number: str,
        *,
        full_name: str,
        phone: str,
        organization: str | None = None,
        **options: Unpack[SendOptions],
    ) -> SentMessage:
        """Send somebody's contact card (``POST /send/contact``).

        ``phone`` is their number with country code.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; ``may_have_acted`` says if it may be out.
        """
        return self.call(
            SendContact(
                number=number,
                full_name=full_name,
                phone=phone,
                organization=organization,
                **named(options, self._namer),
            )
        )
