"""The methods about messages that are there."""

from collections.abc import Sequence
from typing import Any

from recado.evolution.commands.messages import (
    DeleteMessage,
    DownloadMedia,
    EditMessage,
    MarkRead,
    MessageStatus,
    Presence,
    React,
    SetPresence,
)
from recado.evolution.methods.base import Methods
from recado.evolution.replies.messages import (
    DeliveryStatus,
    DownloadedMedia,
    SentMessage,
)


class MessageMethods(Methods):
    """The methods about messages that are there."""

    __slots__ = ()

    def react(
        self,
        number: str,
        message_id: str,
        reaction: str,
        *,
        from_me: bool | None = None,
        participant: str | None = None,
    ) -> SentMessage:
        """React to a message with an emoji (``POST /message/react``).

        ``number`` is the chat; ``reaction`` "" takes the reaction away. ``from_me``
        must be true when the message is one of our own. In a group ``participant`` is
        its author, as a JID or phone number.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(
            React(
                number=number,
                id=message_id,
                reaction=reaction,
                from_me=from_me,
                participant=participant,
            )
        )

    def set_presence(
        self, number: str, state: Presence, *, is_audio: bool | None = None
    ) -> None:
        """Show "typing…" or "recording…" in a chat, or stop it.

        The route is ``POST /message/presence``. ``state`` is ``composing``,
        ``recording`` or ``paused``.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(SetPresence(number=number, state=state, is_audio=is_audio))

    def mark_read(self, number: str, ids: Sequence[str]) -> None:
        """Mark messages of a chat as read (``POST /message/markread``).

        In groups WhatsApp may ignore it.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(MarkRead(number=number, ids=ids))

    def download_media(self, message: dict[str, Any]) -> DownloadedMedia:
        """Fetch and decrypt the file of a message (``POST /message/downloadmedia``).

        ``message`` is the ``data.Message`` of the event that told of it.

        Raises:
            ValueError: ``message`` holds no file; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(DownloadMedia(message=message))

    def message_status(self, message_id: str) -> DeliveryStatus | None:
        """Ask how far a message got (``POST /message/status``).

        None: an unknown id, no receipt yet, or a server that does not store messages
        (it does with DATABASE_SAVE_MESSAGES only).

        Raises:
            ValueError: ``message_id`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(MessageStatus(id=message_id))

    def delete_message(self, chat: str, message_id: str) -> str:
        """Delete one of our own messages for everybody (``POST /message/delete``).

        The reply is the id of the message that does it.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(DeleteMessage(chat=chat, message_id=message_id))

    def edit_message(self, chat: str, message_id: str, message: str) -> str:
        """Give one of our own texts another wording (``POST /message/edit``).

        WhatsApp takes it for about 20 minutes. The reply is the id of the message that
        does it.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return self.call(EditMessage(chat=chat, message_id=message_id, message=message))
