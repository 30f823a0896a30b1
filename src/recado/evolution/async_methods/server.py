"""The methods about polls, and about the server, which want no key."""

# Made from the blocking methods by tools/make_async.py.

from recado.evolution.async_methods.base import AsyncMethods
from recado.evolution.commands.polls import PollResults
from recado.evolution.commands.server import (
    LicenseActivate,
    LicenseRegister,
    LicenseStatus,
    ServerOk,
)
from recado.evolution.replies.polls import PollVotes
from recado.evolution.replies.server import Licence


class AsyncServerMethods(AsyncMethods):
    """The methods about polls, and about the server, which want no key."""

    __slots__ = ()

    async def poll_results(self, poll_message_id: str) -> PollVotes:
        """Ask for a poll's votes (``GET /polls/:pollMessageId/results``).

        A poll without votes is a ``RefusedError`` with status 404. Options are known by
        a digest only; ``votes_for`` of the reply takes their text.

        Raises:
            ValueError: ``poll_message_id`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(PollResults(poll_message_id=poll_message_id))

    async def server_ok(self) -> bool:
        """Ask whether the server runs (``GET /server/ok``).

        It does not tell whether the server is licensed.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(ServerOk())

    async def license_status(self) -> Licence:
        """Ask whether the server is licensed (``GET /license/status``).

        Without a licence every call that needs a key is refused.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(LicenseStatus())

    async def license_register(self, redirect_uri: str | None = None) -> Licence:
        """Begin to license the server; the reply says where to go on.

        The route is ``GET /license/register``. ``redirect_uri`` is where the browser
        ends up.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(LicenseRegister(redirect_uri=redirect_uri))

    async def license_activate(self, code: str) -> Licence:
        """End to license the server (``GET /license/activate``).

        ``code`` is what the licensing page gave.

        Raises:
            ValueError: ``code`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(LicenseActivate(code=code))
