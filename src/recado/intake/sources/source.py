"""What a source promises: how it proves itself and what its events say."""

from datetime import timedelta
from typing import ClassVar, Protocol

from recado.intake.delivery import Delivery
from recado.model.event import Event, Identity
from recado.model.trigger import Ordering, Trigger


class Source(Protocol):
    """The rules of one sender. Pure: equal inputs give equal outputs."""

    name: ClassVar[str]
    longest_retry: ClassVar[timedelta]
    """How long after the first try the sender may deliver the same thing again."""
    default_ordering: ClassVar[Ordering]
    """``settings.ordering`` of a trigger that does not say."""
    key_paths: ClassVar[tuple[str, ...]]
    """Where a body may hold a key of its sender; it wins over ``identify``."""

    def verify(self, delivery: Delivery, trigger: Trigger) -> None:
        """Return when the delivery comes from the trigger's sender.

        Nothing is said about the body before the sender proved itself: what an
        unproven one sends is a bad proof, also when it is not JSON.

        Raises:
            BadProofError: It does not; the text says what was expected.
        """
        ...

    def parse(self, delivery: Delivery) -> Event:
        """Return the event of a proven sender, its secrets masked.

        Raises:
            MalformedError: The body cannot be read.
        """
        ...

    def identify(self, event: Event) -> Identity:
        """Return the source's own identity of the event.

        Its ordering key is the one for a trigger whose ``ordering`` is by key.
        """
        ...
