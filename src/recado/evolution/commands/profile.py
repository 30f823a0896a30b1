"""The calls about the instance's own profile and privacy."""

from dataclasses import dataclass
from typing import Any

from recado.evolution.commands.base import Command, Done, Timing, need_http, needed
from recado.evolution.replies.users import PrivacySettings

_AUDIENCE = ("all", "contacts", "contact_blacklist", "none")

PRIVACY_CHOICES: dict[str, tuple[str, ...]] = {
    "group_add": _AUDIENCE,
    "last_seen": _AUDIENCE,
    "status": _AUDIENCE,
    "profile": _AUDIENCE,
    "read_receipts": ("all", "none"),
    "call_add": ("all", "known"),
    "online": ("all", "match_last_seen"),
}
"""What each privacy setting may be."""


class Privacy(Command[PrivacySettings]):
    """Ask who may see and do what."""

    __slots__ = ()

    method = "GET"
    path = "/user/privacy"
    timing = Timing.SESSION
    safe = True

    def read(self, data: Any) -> PrivacySettings:
        """See ``Command``."""
        return PrivacySettings.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrivacy(Command[PrivacySettings]):
    """Say who may see and do what. All seven are set, one after the other.

    A failure half way leaves the earlier ones set. What each may be is in
    ``PRIVACY_CHOICES``.
    """

    method = "POST"
    path = "/user/privacy"
    timing = Timing.SESSION
    safe = True

    group_add: str
    last_seen: str
    status: str
    profile: str
    read_receipts: str
    call_add: str
    online: str

    def __post_init__(self) -> None:
        for name, choices in PRIVACY_CHOICES.items():
            if (value := getattr(self, name)) not in choices:
                raise ValueError(
                    f"{name} is {value!r}; it must be one of {', '.join(choices)}"
                )

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {
            "groupAdd": self.group_add,
            "lastSeen": self.last_seen,
            "status": self.status,
            "profile": self.profile,
            "readReceipts": self.read_receipts,
            "callAdd": self.call_add,
            "online": self.online,
        }

    def read(self, data: Any) -> PrivacySettings:
        """See ``Command``."""
        return PrivacySettings.read(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProfilePicture(Done):
    """Set the instance's picture. ``image`` is the http(s) address of a JPEG."""

    method = "POST"
    path = "/user/profilePicture"
    timing = Timing.SESSION
    safe = True

    image: str

    def __post_init__(self) -> None:
        need_http(image=self.image)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"image": self.image}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProfileName(Done):
    """Set the instance's name, as others see it."""

    method = "POST"
    path = "/user/profileName"
    timing = Timing.SESSION
    safe = True

    name: str

    def __post_init__(self) -> None:
        needed(name=self.name)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProfileStatus(Done):
    """Set the instance's "about" text."""

    method = "POST"
    path = "/user/profileStatus"
    timing = Timing.SESSION
    safe = True

    status: str

    def __post_init__(self) -> None:
        needed(status=self.status)

    def body(self) -> dict[str, Any] | None:
        """See ``Command``."""
        return {"status": self.status}
