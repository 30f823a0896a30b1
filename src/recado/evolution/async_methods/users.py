"""The methods about people, and about the own profile."""

# Made from the blocking methods by tools/make_async.py.

from collections.abc import Sequence

from recado.evolution.async_methods.base import AsyncMethods
from recado.evolution.commands.profile import (
    Privacy,
    SetPrivacy,
    SetProfileName,
    SetProfilePicture,
    SetProfileStatus,
)
from recado.evolution.commands.users import (
    Block,
    Blocklist,
    CheckNumbers,
    Contacts,
    Unblock,
    UserAvatar,
    UserInfo,
)
from recado.evolution.replies.users import (
    Avatar,
    BlockedContacts,
    Contact,
    NumberCheck,
    PrivacySettings,
    User,
)


class AsyncUserMethods(AsyncMethods):
    """The methods about people, and about the own profile."""

    __slots__ = ()

    async def user_info(self, numbers: Sequence[str]) -> list[User]:
        """Ask WhatsApp about people (``POST /user/info``).

        ``numbers`` are phone numbers or JIDs.

        Raises:
            ValueError: A number cannot be one; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(UserInfo(numbers=numbers))

    async def check_numbers(
        self, numbers: Sequence[str], *, format_jid: bool | None = None
    ) -> list[NumberCheck]:
        """Ask WhatsApp which numbers it knows (``POST /user/check``).

        Send to the ``jid`` of an entry. WhatsApp limits how often one may ask, and when
        it could not be asked that is an error. ``format_jid`` False takes the numbers
        as they stand.

        Raises:
            ValueError: A number cannot be one; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(CheckNumbers(numbers=numbers, format_jid=format_jid))

    async def user_avatar(self, number: str, *, preview: bool | None = None) -> Avatar:
        """Ask where somebody's profile picture is (``POST /user/avatar``).

        ``preview`` asks for the small one.

        Raises:
            ValueError: A number cannot be one; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(UserAvatar(number=number, preview=preview))

    async def contacts(self) -> list[Contact]:
        """Ask for the people the instance knows (``GET /user/contacts``).

        They come from the server's own store.

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(Contacts())

    async def block(self, number: str) -> BlockedContacts:
        """Block somebody (``POST /user/block``).

        The reply is everybody who is blocked now.

        Raises:
            ValueError: A number cannot be one; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(Block(number=number))

    async def unblock(self, number: str) -> BlockedContacts:
        """Unblock somebody (``POST /user/unblock``).

        The reply is everybody who is blocked now.

        Raises:
            ValueError: A number cannot be one; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(Unblock(number=number))

    async def blocklist(self) -> BlockedContacts:
        """Ask who is blocked (``GET /user/blocklist``).

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(Blocklist())

    async def privacy(self) -> PrivacySettings:
        """Ask who may see and do what (``GET /user/privacy``).

        Raises:
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(Privacy())

    async def set_privacy(self, settings: PrivacySettings) -> PrivacySettings:
        """Say who may see and do what (``POST /user/privacy``).

        All seven are set, one after the other: a failure half way leaves the earlier
        ones set. To change one, use ``dataclasses.replace`` on what ``privacy`` gave.

        Raises:
            ValueError: WhatsApp does not know a value; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(
            SetPrivacy(
                group_add=settings.group_add,
                last_seen=settings.last_seen,
                status=settings.status,
                profile=settings.profile,
                read_receipts=settings.read_receipts,
                call_add=settings.call_add,
                online=settings.online,
            )
        )

    async def set_profile_picture(self, image: str) -> None:
        """Set the instance's picture (``POST /user/profilePicture``).

        ``image`` is the http(s) address of a JPEG.

        Raises:
            ValueError: ``image`` is no address; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(SetProfilePicture(image=image))

    async def set_profile_name(self, name: str) -> None:
        """Set the instance's name, as others see it (``POST /user/profileName``).

        Raises:
            ValueError: ``name`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(SetProfileName(name=name))

    async def set_profile_status(self, status: str) -> None:
        """Set the instance's "about" text (``POST /user/profileStatus``).

        Raises:
            ValueError: ``status`` is empty; nothing was sent.
            EvolutionError: It failed; the class and its facts say how.
        """
        return await self.call(SetProfileStatus(status=status))
