"""The calls about people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from recado.errors import ServerFaultError
from recado.evolution.commands.base import (
    Command,
    Timing,
    need_list,
    without_none,
)
from recado.evolution.number import chat_of, recipient_of
from recado.evolution.replies.fields import an_object, objects
from recado.evolution.replies.users import (
    Avatar,
    BlockedContacts,
    Contact,
    NumberCheck,
    User,
)

Reply = TypeVar("Reply")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo(Command[list[User]]):
    """Ask WhatsApp about people. ``numbers`` are phone numbers or JIDs."""

    method = "POST"
    path = "/user/info"
    timing = Timing.SESSION
    safe = True

    numbers: Sequence[str]

    def __post_init__(self) -> None:
        need_list("numbers", self.numbers)
        _ = self.body()  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"number": [chat_of(number) for number in self.numbers]}

    def read(self, data: Any) -> list[User]:
        """See ``Command``."""
        users = an_object(data["Users"] or {})
        return [User.read(jid, told) for jid, told in users.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckNumbers(Command[list[NumberCheck]]):
    """Ask WhatsApp which numbers it knows. Its rate is limited by WhatsApp."""

    method = "POST"
    path = "/user/check"
    timing = Timing.SESSION
    safe = True

    numbers: Sequence[str]
    format_jid: bool | None = None

    def __post_init__(self) -> None:
        need_list("numbers", self.numbers)
        _ = self.body()  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        if self.format_jid is False:
            return {"number": list(self.numbers), "formatJid": False}
        numbers = [recipient_of(number) for number in self.numbers]
        return without_none({"number": numbers, "formatJid": self.format_jid})

    def read(self, data: Any) -> list[NumberCheck]:
        """See ``Command``.

        Raises:
            ServerFaultError: WhatsApp could not be asked, so nothing is known.
        """
        users = data and data["Users"]
        if users is None:
            raise ServerFaultError(
                f"{self.route}: WhatsApp could not be asked, so nothing is known "
                "about the numbers",
                route=self.route,
                status=200,
                body=data,
            )
        return [NumberCheck.read(told) for told in objects(users)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfPerson(Command[Reply]):
    """A call about one person, named by phone number or JID."""

    method = "POST"
    timing = Timing.SESSION
    safe = True

    number: str

    def __post_init__(self) -> None:
        chat_of(self.number)  # refuses nonsense

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"number": chat_of(self.number)}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAvatar(OfPerson[Avatar]):
    """Ask where somebody's profile picture is; ``preview`` asks for the small one."""

    path = "/user/avatar"

    preview: bool | None = None

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return without_none({"number": chat_of(self.number), "preview": self.preview})

    def read(self, data: Any) -> Avatar:
        """See ``Command``."""
        return Avatar.read(data)


class Contacts(Command[list[Contact]]):
    """Ask for the people the instance knows."""

    __slots__ = ()

    method = "GET"
    path = "/user/contacts"
    timing = Timing.SESSION
    safe = True

    def read(self, data: Any) -> list[Contact]:
        """See ``Command``."""
        return [Contact.read(told) for told in objects(data)]


class Block(OfPerson[BlockedContacts]):
    """Block somebody; the reply is everybody who is blocked now."""

    __slots__ = ()

    path = "/user/block"

    def read(self, data: Any) -> BlockedContacts:
        """See ``Command``."""
        return BlockedContacts.read(data)


class Unblock(OfPerson[BlockedContacts]):
    """Unblock somebody; the reply is everybody who is blocked now."""

    __slots__ = ()

    path = "/user/unblock"

    def read(self, data: Any) -> BlockedContacts:
        """See ``Command``."""
        return BlockedContacts.read(data)


class Blocklist(Command[BlockedContacts]):
    """Ask who is blocked."""

    __slots__ = ()

    method = "GET"
    path = "/user/blocklist"
    timing = Timing.SESSION
    safe = True

    def read(self, data: Any) -> BlockedContacts:
        """See ``Command``."""
        return BlockedContacts.read(data)
