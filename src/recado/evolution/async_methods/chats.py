"""The methods about whole chats, and about calls."""

# Made from the blocking methods by tools/make_async.py.

from datetime import datetime

from recado.evolution.async_methods.base import AsyncMethods
from recado.evolution.commands.calls import RejectCall
from recado.evolution.commands.chats import (
    ArchiveChat,
    HistorySync,
    MuteChat,
    PinChat,
    UnarchiveChat,
    UnmuteChat,
    UnpinChat,
)
from recado.evolution.replies.messages import HistoryRequest


class AsyncChatMethods(AsyncMethods):
    """The methods about whole chats, and about calls."""

    __slots__ = ()

    async def pin_chat(self, chat: str) -> None:
        """Keep a chat at the top (``POST /chat/pin``).

        The gateway's authors mark it as not working in this version.

        Raises:
            ValueError: ``chat`` names no chat; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(PinChat(chat=chat))

    async def unpin_chat(self, chat: str) -> None:
        """Keep a chat at the top no longer (``POST /chat/unpin``).

        The gateway's authors mark it as not working in this version.

        Raises:
            ValueError: ``chat`` names no chat; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(UnpinChat(chat=chat))

    async def archive_chat(self, chat: str) -> None:
        """Put a chat into the archive (``POST /chat/archive``).

        The gateway's authors mark it as not working in this version.

        Raises:
            ValueError: ``chat`` names no chat; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(ArchiveChat(chat=chat))

    async def unarchive_chat(self, chat: str) -> None:
        """Take a chat out of the archive (``POST /chat/unarchive``).

        The gateway's authors mark it as not working in this version.

        Raises:
            ValueError: ``chat`` names no chat; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(UnarchiveChat(chat=chat))

    async def mute_chat(self, chat: str) -> None:
        """Mute a chat, for one hour (``POST /chat/mute``).

        The gateway's authors mark it as not working in this version.

        Raises:
            ValueError: ``chat`` names no chat; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(MuteChat(chat=chat))

    async def unmute_chat(self, chat: str) -> None:
        """Mute a chat no longer (``POST /chat/unmute``).

        The gateway's authors mark it as not working in this version.

        Raises:
            ValueError: ``chat`` names no chat; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(UnmuteChat(chat=chat))

    async def history_sync(
        self,
        chat: str,
        message_id: str,
        timestamp: datetime,
        *,
        from_me: bool = False,
        sender: str | None = None,
        count: int = 50,
    ) -> HistoryRequest:
        """Ask the phone for the messages before a certain one.

        The route is ``POST /chat/history-sync``. ``timestamp`` is that message's, with
        its time zone; ``sender`` its author, in groups. The messages come later, as a
        HistorySync event.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(
            HistorySync(
                chat=chat,
                message_id=message_id,
                timestamp=timestamp,
                from_me=from_me,
                sender=sender,
                count=count,
            )
        )

    async def reject_call(self, call_creator: str, call_id: str) -> None:
        """Reject an incoming call (``POST /call/reject``).

        Both values come with the event that told of the call.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(RejectCall(call_creator=call_creator, call_id=call_id))
