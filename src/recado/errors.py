"""Every error Recado raises on purpose, and the facts that decide what follows.

RecadoError
├── SettingsError           a setting is missing or wrong; fix it and restart
├── ServerBrokenError       the server takes no requests any more, and ends
├── NotJsonError            a text that should be JSON is not
├── InvalidError            a request's fields are wrong; all problems at once
├── UnrenderableError       a template cannot be filled in from this event
├── ApiError                the server's API did not do what a command asked
├── DeliveryError           an incoming webhook is not accepted; noted for the operator
│   ├── BadProofError       the sender did not prove itself
│   ├── LimitedError        proven, but more than its trigger takes
│   ├── MalformedError      proven, but its body cannot be read
│   └── UndecidedError      proven and read, but the condition has no answer for it
├── AccessError             the caller may not do this
│   ├── UnknownCallerError  no key or session, or one that is not known
│   ├── WrongPasswordError  the name or the password is wrong
│   ├── TooManyTriesError   too many wrong passwords; wait
│   └── ForbiddenError      known, but the role is too low
├── RefusalError            a well-formed request that cannot be done now
│   ├── NotFoundError       there is no such thing
│   ├── LastAdminError      without this one nobody could govern
│   ├── RateLimitedError    too soon after the last time
│   └── NotReplayableError  only a dead letter can be replayed or discarded
├── EvolutionError          a call to Evolution Go failed     temporary  may_have_acted
│   ├── UnreachableError    no connection, so nothing was sent   yes        no
│   ├── ThrottledError      408, 425, 429: not now               yes        no
│   ├── OfflineError        the WhatsApp session is not up       yes        no
│   ├── PassingFaultError   text known to pass; nothing was sent yes        no
│   ├── NoAnswerError       sent, then silence                   yes        yes
│   ├── ServerFaultError    5xx that does not say why            yes        yes
│   ├── MisconfiguredError  key, licence or address is wrong     no         no
│   ├── RefusedError        4xx, or a 5xx known to be lasting    no         no
│   └── StrangeAnswerError  a success that is none               no         yes
└── StoreError
    ├── StoreBusyError      it could not be written; nothing was changed
    ├── StoreIntegrityError a constraint failed that is not the duplicate check
    └── LeaseLostError      another worker has it now; drop this result
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

CategoryName = Literal["transient", "offline", "permanent", "config", "unknown"]
"""The names of ``recado.model.category.Category``, which this layer may not import."""


class RecadoError(Exception):
    """Anything Recado raises on purpose."""


class SettingsError(RecadoError):
    """A setting is missing or wrong; the message says which and what to do."""


class ServerBrokenError(RecadoError):
    """The server takes no requests any more, unasked; its cause says why."""


class NotJsonError(RecadoError):
    """A text that should be JSON is not."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a request's field.

    ``code`` names the problem for those who say it in another language; "" when it
    is only said in English.
    """

    field: str
    message: str
    code: str = ""


class InvalidError(RecadoError):
    """A request's fields are wrong. Holds all problems at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in problems))
        self.problems = tuple(problems)


class UnrenderableError(RecadoError):
    """A template cannot be filled in from this event, or is no template."""


class ApiError(RecadoError):
    """The server's API did not do what a command asked; the text says what to do.

    ``status`` is the HTTP status and ``code`` the API's name of the error; both are
    None when no answer came.
    """

    def __init__(
        self, message: str, *, status: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class DeliveryError(RecadoError):
    """An incoming webhook is not accepted; the text is the reason for the operator."""


class BadProofError(DeliveryError):
    """The sender did not prove itself."""


class LimitedError(DeliveryError):
    """A proven sender delivers more than its trigger takes.

    ``retry_after`` is in how many seconds there is room again.
    """

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MalformedError(DeliveryError):
    """The sender proved itself, but its body cannot be read."""


class UndecidedError(DeliveryError):
    """The trigger's condition has no answer for the event."""


class AccessError(RecadoError):
    """The caller may not do this."""


class UnknownCallerError(AccessError):
    """No key or session was given, or one that is not known."""


class WrongPasswordError(AccessError):
    """The name or the password is wrong; which of them is not told."""


class TooManyTriesError(AccessError):
    """Too many wrong passwords. ``retry_after_seconds`` is at least 1."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            "too many wrong passwords; try again in "
            f"{max(1, round(retry_after_seconds / 60))} minutes"
        )
        self.retry_after_seconds = retry_after_seconds


class ForbiddenError(AccessError):
    """The caller is known, but its role is too low."""


class RefusalError(RecadoError):
    """A well-formed request that cannot be done now."""


class NotFoundError(RefusalError):
    """There is no such thing."""


class LastAdminError(RefusalError):
    """The last admin cannot be deleted or get another role."""

    def __init__(self) -> None:
        super().__init__(
            "this is the last admin, and without one nobody could manage people; "
            "make somebody else an admin first"
        )


class RateLimitedError(RefusalError):
    """Too soon after the last time. ``retry_after_seconds`` is at least 1."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(
            f"it was replayed less than 60 seconds ago; look at it again in "
            f"{retry_after_seconds} seconds"
        )
        self.retry_after_seconds = retry_after_seconds


class NotReplayableError(RefusalError):
    """Only a dead letter can be replayed or discarded."""

    def __init__(self, current_status: str) -> None:
        super().__init__(
            "only a dead letter can be replayed or discarded; this one is "
            f"{current_status}"
        )
        self.current_status = current_status


class EvolutionError(RecadoError):
    """A call to Evolution Go did not succeed.

    ``temporary``: could the same call, unchanged, succeed later?
    ``may_have_acted``: could it have taken effect all the same?
    ``retry_after``: seconds the server asked us to wait, 0 when it did not.
    ``attempts``: how many tries were made, set by the flow before it raises.
    ``resendable``: could the same request be made again? Not after a stream was sent
    that cannot go back.
    ``deadline_reached``: did the call's deadline leave no time for another try?
    """

    temporary: ClassVar[bool]
    may_have_acted: bool
    category: CategoryName

    def __init__(
        self,
        message: str,
        *,
        route: str,
        status: int | None = None,
        body: object = None,
        retry_after: float = 0.0,
        may_have_acted: bool | None = None,
    ) -> None:
        super().__init__(message)
        if may_have_acted is not None:
            self.may_have_acted = may_have_acted
        self.route = route
        self.status = status
        self.body = body
        self.retry_after = retry_after
        self.attempts = 1
        self.resendable = True
        self.deadline_reached = False

    def __str__(self) -> str:
        text = super().__str__()
        if self.deadline_reached:
            return f"{text}; the call's deadline left no time for another try"
        return text


class UnreachableError(EvolutionError):
    """No connection was made, so nothing was sent."""

    temporary = True
    may_have_acted = False
    category: CategoryName = "transient"


class ThrottledError(EvolutionError):
    """The server or a proxy before it says: not now (408, 425, 429)."""

    temporary = True
    may_have_acted = False
    category: CategoryName = "transient"


class OfflineError(EvolutionError):
    """The instance's WhatsApp session is not up; nothing was sent."""

    temporary = True
    may_have_acted = False
    category: CategoryName = "offline"


class PassingFaultError(EvolutionError):
    """A failure whose text is known: it passes, and nothing was sent."""

    temporary = True
    may_have_acted = False
    category: CategoryName = "transient"


class NoAnswerError(EvolutionError):
    """The request was sent, then silence: a timeout or a lost connection."""

    temporary = True
    may_have_acted = True
    category: CategoryName = "transient"


class ServerFaultError(EvolutionError):
    """A 5xx that does not say whether anything was sent."""

    temporary = True
    may_have_acted = True
    category: CategoryName = "transient"


class MisconfiguredError(EvolutionError):
    """An operator must act: a key, the licence or the address is wrong."""

    temporary = False
    may_have_acted = False
    category: CategoryName = "config"


class RefusedError(EvolutionError):
    """A 4xx, or a 5xx whose text is known to be lasting."""

    temporary = False
    may_have_acted = False
    category: CategoryName = "permanent"


class StrangeAnswerError(EvolutionError):
    """A 2xx that is not an answer of Evolution Go; something else may live there."""

    temporary = False
    may_have_acted = True
    category: CategoryName = "config"


class StoreError(RecadoError):
    """Durable state could not be read or written."""


class StoreBusyError(StoreError):
    """The write did not happen; nothing was changed, so try again soon."""


class StoreIntegrityError(StoreError):
    """A constraint failed that is not the duplicate check; nothing was changed."""


class LeaseLostError(StoreError):
    """Another worker has the execution now; this result must be dropped."""
