"""The newsletters (channels) of the stand-in's WhatsApp."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_FIRST = 120363100000000001


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message of a newsletter; ``server_id`` counts from 1 in each of them."""

    server_id: int
    id: str
    type: str
    at: datetime
    message: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Newsletter:
    """A newsletter; ``owner`` is the name of the instance that made it."""

    jid: str
    name: str
    description: str
    owner: str
    created: datetime
    invite: str
    posts: list[Post] = field(default_factory=list)
    watchers: set[str] = field(default_factory=set)


class Newsletters:
    """The newsletters by their address."""

    def __init__(self) -> None:
        self._newsletters: dict[str, Newsletter] = {}

    def __iter__(self) -> Iterator[Newsletter]:
        return iter(self._newsletters.values())

    def create(
        self, *, name: str, description: str, owner: str, created: datetime
    ) -> Newsletter:
        """Make a newsletter."""
        number = _FIRST + len(self._newsletters)
        newsletter = Newsletter(
            jid=f"{number}@newsletter",
            name=name,
            description=description,
            owner=owner,
            created=created,
            invite=f"0029Va{number}",
        )
        self._newsletters[newsletter.jid] = newsletter
        return newsletter

    def find(self, jid: str) -> Newsletter | None:
        """Return the newsletter of that address, None when nobody made it."""
        return self._newsletters.get(jid)

    def find_by_invite(self, code: str) -> Newsletter | None:
        """Return the newsletter that an invite code leads to, None for none."""
        return next((one for one in self if one.invite == code), None)

    def post(
        self, jid: str, *, id_: str, type_: str, at: datetime, message: dict[str, Any]
    ) -> int:
        """Publish a message; return its number, 1 where nobody made the newsletter."""
        newsletter = self.find(jid)
        if newsletter is None:
            return 1
        for post in newsletter.posts:
            if post.id == id_:
                return post.server_id
        post = Post(
            server_id=len(newsletter.posts) + 1,
            id=id_,
            type=type_,
            at=at,
            message=message,
        )
        newsletter.posts.append(post)
        return post.server_id

    def clear(self) -> None:
        """Forget all newsletters."""
        self._newsletters.clear()
