"""The methods about newsletters, which the apps call channels."""

# Made from the blocking methods by tools/make_async.py.

from recado.evolution.async_methods.base import AsyncMethods
from recado.evolution.commands.newsletters import (
    CreateNewsletter,
    ListNewsletters,
    NewsletterByLink,
    NewsletterInfo,
    NewsletterMessages,
    SubscribeNewsletter,
)
from recado.evolution.replies.newsletters import Newsletter, NewsletterMessage


class AsyncNewsletterMethods(AsyncMethods):
    """The methods about newsletters, which the apps call channels."""

    __slots__ = ()

    async def create_newsletter(
        self, name: str, description: str | None = None
    ) -> Newsletter:
        """Make a newsletter (``POST /newsletter/create``).

        Not repeated when an answer is lost: the newsletter may be there.

        Raises:
            ValueError: ``name`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(CreateNewsletter(name=name, description=description))

    async def list_newsletters(self) -> list[Newsletter]:
        """Ask for the newsletters the instance follows (``GET /newsletter/list``).

        WhatsApp is asked about each in turn: slow when there are many.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(ListNewsletters())

    async def newsletter_info(self, jid: str) -> Newsletter:
        """Ask for one newsletter (``POST /newsletter/info``).

        Raises:
            ValueError: ``jid`` names no newsletter; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(NewsletterInfo(jid=jid))

    async def newsletter_by_link(self, key: str) -> Newsletter:
        """Ask for a newsletter by its link (``POST /newsletter/link``).

        ``key`` is the code in the link, or the whole link.

        Raises:
            ValueError: ``key`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(NewsletterByLink(key=key))

    async def subscribe_newsletter(self, jid: str) -> None:
        """Get live updates of a newsletter for a while.

        The route is ``POST /newsletter/subscribe``. It does not follow the newsletter.

        Raises:
            ValueError: ``jid`` names no newsletter; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(SubscribeNewsletter(jid=jid))

    async def newsletter_messages(
        self, jid: str, *, count: int | None = None, before_id: int | None = None
    ) -> list[NewsletterMessage]:
        """Ask for a newsletter's messages (``POST /newsletter/messages``).

        ``before_id`` is the ``server_id`` of a message: only older ones are told.

        Raises:
            ValueError: A field cannot be right; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(
            NewsletterMessages(jid=jid, count=count, before_id=before_id)
        )
