"""Signals: what happened, emitted once; logs, metrics and tests listen.

| signal | when |
|---|---|
| trigger_webhook | a delivery was accepted; its execution is on disk |
| idempotent_replay | a delivery was a duplicate |
| trigger_filtered | a delivery did not match its trigger's filter |
| trigger_rejected | a delivery was not accepted: no proof, unreadable, or undecided |
| trigger_challenge | a sender tried the delivery URL and got the answer it wants |
| quarantine_retry | what was kept of rejected deliveries was judged again |
| store_unavailable | something could not be stored; the sender was told to try again |
| trigger_execute | an attempt ended |
| trigger_held | an execution waits for its destination or its trigger |
| trigger_dead_letter | an execution became a dead letter |
| trigger_replay | a dead letter was replayed |
| trigger_discard | a dead letter was discarded |
| trigger_changed | a trigger was made, changed, deleted, or its secret rotated |
| circuit_changed | a destination's circuit opened or closed |
| broker_connected | a broker is connected, or what is consumed of it has changed |
| broker_away | a broker cannot be reached, refuses or went away; it is tried again |
| broker_unmatched | a broker's event belongs to no trigger; it was not kept |
| broker_dropped | core NATS brought more than could wait, and one was lost |
| executions_rescued | work of a vanished worker was taken back |
| executions_pruned | what was resolved and old was deleted |
| lease_lost | a result came too late and was dropped |
| claim_late | work was lent to a worker that heard of it after its lease, and left it |
| login_refused | somebody could not sign in: a wrong password, or too many tries |
| request_failed | a request met an error nobody foresaw |
| server_started | the server accepts |
| server_failed | the server can take no requests any more, and ends |
| server_stopping | the server has begun to stop |
| server_stopped | the server has ended; everything is on disk |
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple


class Name(StrEnum):
    """Every signal's name, as it stands in the log."""

    TRIGGER_WEBHOOK = "trigger_webhook"
    IDEMPOTENT_REPLAY = "idempotent_replay"
    TRIGGER_FILTERED = "trigger_filtered"
    TRIGGER_REJECTED = "trigger_rejected"
    TRIGGER_CHALLENGE = "trigger_challenge"
    QUARANTINE_RETRY = "quarantine_retry"
    STORE_UNAVAILABLE = "store_unavailable"
    TRIGGER_EXECUTE = "trigger_execute"
    TRIGGER_HELD = "trigger_held"
    TRIGGER_DEAD_LETTER = "trigger_dead_letter"
    TRIGGER_REPLAY = "trigger_replay"
    TRIGGER_DISCARD = "trigger_discard"
    TRIGGER_CHANGED = "trigger_changed"
    CIRCUIT_CHANGED = "circuit_changed"
    BROKER_CONNECTED = "broker_connected"
    BROKER_AWAY = "broker_away"
    BROKER_UNMATCHED = "broker_unmatched"
    BROKER_DROPPED = "broker_dropped"
    EXECUTIONS_RESCUED = "executions_rescued"
    EXECUTIONS_PRUNED = "executions_pruned"
    LEASE_LOST = "lease_lost"
    CLAIM_LATE = "claim_late"
    LOGIN_REFUSED = "login_refused"
    REQUEST_FAILED = "request_failed"
    SERVER_STARTED = "server_started"
    SERVER_FAILED = "server_failed"
    SERVER_STOPPING = "server_stopping"
    SERVER_STOPPED = "server_stopped"


class Signal(NamedTuple):
    """One thing that happened. ``facts`` hold no secret and no payload."""

    name: Name
    facts: dict[str, Any]
    raised: BaseException | None = None


Listener = Callable[[Signal], None]


class Signals:
    """Hands each signal to every listener, in order, at once.

    A listener that fails is handed to ``on_broken`` and does not disturb the others.
    """

    def __init__(self, on_broken: Callable[[BaseException], None]) -> None:
        self._listeners: list[Listener] = []
        self._on_broken = on_broken

    def listen(self, listener: Listener) -> None:
        """Add a listener."""
        self._listeners.append(listener)

    def emit(
        self, name: Name, /, *, raised: BaseException | None = None, **facts: Any
    ) -> None:
        """Tell every listener what happened."""
        signal = Signal(name, facts, raised)
        for listener in self._listeners:
            try:
                listener(signal)
            except Exception as broken:  # noqa: BLE001 (a door of STYLE §7)
                self._on_broken(broken)
