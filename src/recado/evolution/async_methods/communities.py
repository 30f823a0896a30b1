"""The methods about communities and labels."""

# Made from the blocking methods by tools/make_async.py.

from collections.abc import Sequence

from recado.evolution.async_methods.base import AsyncMethods
from recado.evolution.commands.communities import (
    AddToCommunity,
    CreateCommunity,
    RemoveFromCommunity,
)
from recado.evolution.commands.labels import (
    EditLabel,
    LabelChat,
    LabelMessage,
    ListLabels,
    UnlabelChat,
    UnlabelMessage,
)
from recado.evolution.replies.groups import Group
from recado.evolution.replies.labels import Label


class AsyncCommunityMethods(AsyncMethods):
    """The methods about communities and labels."""

    __slots__ = ()

    async def create_community(self, community_name: str) -> Group:
        """Make a community (``POST /community/create``).

        Not repeated when an answer is lost: the community may be there.

        Raises:
            ValueError: ``community_name`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(CreateCommunity(community_name=community_name))

    async def add_to_community(
        self, community_jid: str, group_jids: Sequence[str]
    ) -> None:
        """Link groups with a community (``POST /community/add``).

        An error tells which groups were not done; the others are.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(
            AddToCommunity(community_jid=community_jid, group_jids=group_jids)
        )

    async def remove_from_community(
        self, community_jid: str, group_jids: Sequence[str]
    ) -> None:
        """Unlink groups from a community (``POST /community/remove``).

        An error tells which groups were not done; the others are.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(
            RemoveFromCommunity(community_jid=community_jid, group_jids=group_jids)
        )

    async def label_chat(self, jid: str, label_id: str) -> None:
        """Put a label on a chat (``POST /label/chat``).

        Business accounts only.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(LabelChat(jid=jid, label_id=label_id))

    async def unlabel_chat(self, jid: str, label_id: str) -> None:
        """Take a label off a chat (``POST /unlabel/chat``).

        Business accounts only.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(UnlabelChat(jid=jid, label_id=label_id))

    async def label_message(self, jid: str, label_id: str, message_id: str) -> None:
        """Put a label on a message of a chat (``POST /label/message``).

        Business accounts only.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(
            LabelMessage(jid=jid, label_id=label_id, message_id=message_id)
        )

    async def unlabel_message(self, jid: str, label_id: str, message_id: str) -> None:
        """Take a label off a message of a chat (``POST /unlabel/message``).

        Business accounts only.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(
            UnlabelMessage(jid=jid, label_id=label_id, message_id=message_id)
        )

    async def edit_label(
        self,
        label_id: str,
        name: str,
        *,
        color: int | None = None,
        deleted: bool | None = None,
    ) -> None:
        """Name and colour a label, or delete it (``POST /label/edit``).

        ``color`` is WhatsApp's number of it.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(
            EditLabel(label_id=label_id, name=name, color=color, deleted=deleted)
        )

    async def list_labels(self) -> list[Label]:
        """Ask for the labels that the server has seen events of (``GET /label/list``).

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(ListLabels())
