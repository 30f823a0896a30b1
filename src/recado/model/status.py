"""The statuses of an execution and the table of moves between them."""

from enum import StrEnum


class Status(StrEnum):
    """Where an execution is in its life."""

    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"
    HELD = "held"
    COMPLETED = "completed"
    FAILED = "failed"
    FAILED_RETRYABLE = "failed_retryable"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


WAITING = frozenset({Status.PENDING, Status.RETRYING, Status.HELD})
UNFINISHED = WAITING | {Status.RUNNING}
DEAD_LETTERS = frozenset({Status.FAILED, Status.FAILED_RETRYABLE})

MOVES: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.RUNNING, Status.HELD}),
    Status.RETRYING: frozenset({Status.RUNNING, Status.HELD}),
    # a running one goes back to pending when its worker stops or vanishes
    Status.RUNNING: frozenset(
        {
            Status.PENDING,
            Status.RETRYING,
            Status.HELD,
            Status.COMPLETED,
            Status.FAILED,
            Status.FAILED_RETRYABLE,
        }
    ),
    Status.HELD: frozenset({Status.PENDING, Status.RUNNING}),
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset({Status.REPLAYED, Status.DISCARDED}),
    Status.FAILED_RETRYABLE: frozenset({Status.REPLAYED, Status.DISCARDED}),
    Status.REPLAYED: frozenset(),
    Status.DISCARDED: frozenset(),
}


def may_move(old: Status, new: Status) -> bool:
    """Tell whether an execution may go from ``old`` to ``new`` in one step."""
    return new in MOVES[old]
