"""What a source promises: how it proves itself and what its events say."""

import base64
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from recado.intake.delivery import Delivery
from recado.intake.reply import Reply
from recado.model.event import Event, Identity
from recado.model.redact import Secret
from recado.model.trigger import Ordering, Trigger


class Source(ABC):
    """The rules of one sender. Pure: equal inputs give equal outputs."""

    name: ClassVar[str]
    headers: ClassVar[tuple[str, ...]] = ()
    """The headers it is known by: of its proof, its event and its delivery."""
    longest_retry: ClassVar[timedelta]
    """How long after the first try the sender may deliver the same thing again."""
    default_ordering: ClassVar[Ordering] = Ordering.NONE
    """``settings.ordering`` of a trigger that does not say."""
    key_paths: ClassVar[tuple[str, ...]] = ()
    """Where a body may hold a key of its sender; it wins over ``identify``."""
    refusal: ClassVar[Reply | None] = None
    """What a bad proof must be answered, also at a URL that can be guessed."""

    @abstractmethod
    def verify(self, delivery: Delivery, trigger: Trigger) -> Secret | None:
        """Return when the delivery comes from the trigger's sender.

        Of the trigger's secrets the one that proved it is returned, None when it was
        something else. Nothing is said about the body before the sender proved
        itself: what an unproven one sends is a bad proof, also when it is not JSON.

        Raises:
            BadProofError: It does not; the text says what was expected.
        """

    @abstractmethod
    def parse(self, delivery: Delivery) -> Event:
        """Return the event of a proven sender, its secrets masked.

        Raises:
            MalformedError: The body cannot be read.
        """

    @abstractmethod
    def identify(self, event: Event) -> Identity:
        """Return the source's own identity of the event.

        Its ordering key is the one for a trigger whose ``ordering`` is by key.
        """

    def challenge(self, delivery: Delivery) -> Reply | None:  # noqa: B027 (None suits most)
        """Return the answer to a proven delivery that only asks who is here.

        None for an event, which is every other delivery.
        """

    def handshake(self, query: Mapping[str, str], trigger: Trigger) -> Reply | None:  # noqa: B027 (None suits most)
        """Return the answer to a GET by which the sender tries the URL.

        None when the sender does no such thing.

        Raises:
            BadProofError: The sender is not the trigger's.
        """

    def answer(self, event: Event) -> Reply | None:  # noqa: B027 (None suits most)
        """Return what an event must be answered; None for the usual 200."""

    def secret_problem(self, secret: str) -> str | None:  # noqa: B027 (None suits most)
        """Return in words why a text cannot be this sender's secret, else None."""

    def make_secret(self, drawn: bytes) -> Secret:
        """Return a secret, made of random bytes, that the sender can be given."""
        return Secret(f"whsec_{base64.b64encode(drawn).decode()}")
