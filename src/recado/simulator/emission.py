"""What events are to be emitted, and the bodies that go out for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recado import wire
from recado.errors import InvalidError, Problem
from recado.simulator import envelopes, message_changes, pairing_events
from recado.simulator.instances import Instance
from recado.simulator.message_content import ALICE, Said

Build = Callable[[Instance, Said], dict[str, Any]]

IOS_PREFIX = "3A"
"""What the ids of messages from an iPhone begin with."""

_MOST = 100_000


def _receipt(state: str) -> Build:
    return lambda instance, said: envelopes.receipt(
        instance, [said.id], at=said.at, state=state, chat=said.chat
    )


def _presence(*, online: bool) -> Build:
    return lambda instance, said: envelopes.presence(
        instance, online=online, chat=said.chat
    )


# event: {variant: how it is built}; the first variant is meant when none is named
KINDS: dict[str, dict[str, Build]] = {
    "Message": {
        "text": envelopes.message,
        "from_me": lambda i, said: envelopes.message(i, said, from_me=True),
        "after_decrypt_retry": lambda i, said: envelopes.message(
            i, said, retry_count=1
        ),
        "image": envelopes.image,
        "view_once_unavailable": envelopes.view_once_unavailable,
        "view_once_resent": envelopes.view_once_resent,
        "reaction": message_changes.reaction,
        "edit": message_changes.edit,
        "revoke": message_changes.revoke,
        "poll_vote": message_changes.poll_vote,
    },
    "SendMessage": {"text": envelopes.send_message},
    "Receipt": {state: _receipt(state) for state in envelopes.RECEIPT_TYPES},
    "Presence": {
        "online": _presence(online=True),
        "offline": _presence(online=False),
    },
    "Connected": {"": lambda instance, _: envelopes.connected(instance)},
    "Disconnected": {"": lambda instance, _: envelopes.disconnected(instance)},
    "LoggedOut": {"": lambda instance, _: envelopes.logged_out(instance)},
    "PairSuccess": {"": lambda instance, _: pairing_events.pair_success(instance)},
    "QRCode": {"": lambda instance, _: pairing_events.qr_code(instance)},
    "QRTimeout": {"": lambda instance, _: pairing_events.qr_timeout(instance)},
    "ConnectFailure": {
        "": lambda instance, _: pairing_events.connect_failure(instance)
    },
    "TemporaryBan": {"": lambda instance, _: pairing_events.temporary_ban(instance)},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """Events to be emitted.

    ``count`` events go out, each delivered ``repeat`` more times byte for byte. With
    an ``id`` all of them are about that message; without, each about its own.
    ``variant`` is a form of the event as ``KINDS`` names it, empty for the usual one.
    ``sender`` and ``name`` are who wrote, ``about`` is the message that it is about.
    """

    event: str = "Message"
    variant: str = ""
    text: str = "Hello, is the shop open?"
    chat: str = ALICE
    sender: str = ""
    name: str = "Alice Example"
    about: str = ""
    id: str | None = None
    count: int = 1
    repeat: int = 0

    def __post_init__(self) -> None:
        problems = [problem for problem in self._problems() if problem]
        if problems:
            raise InvalidError(problems)

    def _problems(self) -> list[Problem | None]:
        variants = KINDS.get(self.event, {})
        return [
            _unless(self.event in KINDS, "event", f"must be one of {', '.join(KINDS)}"),
            _unless(
                not variants or not self.variant or self.variant in variants,
                "variant",
                f"must be one of {', '.join(variants)}",
            ),
            _unless(0 < self.count <= _MOST, "count", f"must be 1 to {_MOST}"),
            _unless(0 <= self.repeat <= _MOST, "repeat", f"must be 0 to {_MOST}"),
        ]


def _unless(fine: bool, field: str, message: str) -> Problem | None:  # noqa: FBT001 -- reads as a sentence
    return None if fine else Problem(field, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """One event, and the message that it is about."""

    id: str
    envelope: dict[str, Any]

    @property
    def body(self) -> bytes:
        """Return the event as it goes out."""
        return wire.encode(self.envelope)


def bodies_of(
    emission: Emission,
    instance: Instance,
    *,
    at: datetime,
    token: Callable[[int], str],
) -> list[Emitted]:
    """Return the body of each event; ``token(n)`` gives n random bytes in hex."""
    variants = KINDS[emission.event]
    build = variants[emission.variant or next(iter(variants))]
    emitted = []
    for _ in range(emission.count):
        id_ = emission.id or IOS_PREFIX + token(9).upper()
        said = Said(
            id=id_,
            at=at,
            text=emission.text,
            chat=emission.chat,
            push_name=emission.name,
            sender=emission.sender,
            about=emission.about,
        )
        emitted.append(Emitted(id=id_, envelope=build(instance, said)))
    return emitted


_TYPES: dict[str, type] = {
    "event": str,
    "variant": str,
    "text": str,
    "chat": str,
    "sender": str,
    "name": str,
    "about": str,
    "id": str,
    "count": int,
    "repeat": int,
}


def read_emission(body: Mapping[str, Any]) -> Emission:
    """Return the emission that a request describes; ``repeat`` true means once.

    Raises:
        InvalidError: It describes none; all problems at once.
    """
    given: dict[str, Any] = {
        name: int(value) if name == "repeat" and isinstance(value, bool) else value
        for name, value in body.items()
        if name in _TYPES and value is not None
    }
    problems = [
        Problem(name, "is not known") for name in sorted(body.keys() - _TYPES.keys())
    ]
    problems += [
        Problem(name, f"must be a {'text' if _TYPES[name] is str else 'number'}")
        for name, value in given.items()
        if type(value) is not _TYPES[name]
    ]
    if problems:
        raise InvalidError(problems)
    return Emission(**given)
