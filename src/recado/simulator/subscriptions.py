"""Which events an instance's webhook is told of."""

from collections.abc import Iterable

EVERYTHING = "ALL"
USUAL = ("MESSAGE",)
"""What an instance hears of that asks for nothing."""

EVENTS: dict[str, tuple[str, ...]] = {
    "MESSAGE": ("Message",),
    "SEND_MESSAGE": ("SendMessage",),
    "READ_RECEIPT": ("Receipt",),
    "PRESENCE": ("Presence",),
    "HISTORY_SYNC": ("HistorySync",),
    "CHAT_PRESENCE": ("ChatPresence",),
    "CALL": (
        "CallOffer",
        "CallAccept",
        "CallTerminate",
        "CallOfferNotice",
        "CallRelayLatency",
    ),
    "CONNECTION": (
        "Connected",
        "PairSuccess",
        "Disconnected",
        "ConnectFailure",
        "LoggedOut",
        "TemporaryBan",
    ),
    "LABEL": ("LabelEdit", "LabelAssociationChat", "LabelAssociationMessage"),
    "CONTACT": ("Contact", "PushName"),
    "GROUP": ("GroupInfo", "JoinedGroup"),
    "NEWSLETTER": ("NewsletterJoin", "NewsletterLeave"),
    "QRCODE": ("QRCode", "QRTimeout"),
}
"""The names that ``subscribe`` takes, and the events of each."""

_NAMES = {event: name for name, events in EVENTS.items() for event in events}


def subscribed(names: Iterable[str]) -> tuple[str, ...]:
    """Return what is stored for a list of names: unknown ones are dropped silently."""
    given = list(names)
    if not given:
        return USUAL
    if given[0] == EVERYTHING:
        return tuple(EVENTS)
    return tuple(name for name in given if name in EVENTS or name == EVERYTHING)


def hears(names: Iterable[str], event: str) -> bool:
    """Return whether the event passes; one that has no name needs the word ALL."""
    return _NAMES.get(event, EVERYTHING) in names
