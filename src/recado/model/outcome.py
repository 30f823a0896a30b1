"""What one attempt came to: success, or a failure with its facts."""

from dataclasses import dataclass, field

from recado.model.category import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Success:
    """The action did what it should. ``summary`` is for people, ``output`` for detail.

    ``sent`` is how many WhatsApp commands it sent.
    """

    summary: str = ""
    output: str = ""
    sent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The action failed; everything that is known about how.

    An action fills in the facts it has and leaves the rest None; ``category`` only
    where the action itself knows it (a refused script path is ``config``). From these
    ``execution.classify`` decides. ``destination`` names what did not answer
    (``instance:…``, ``host:…``), for the circuit. ``retry_after`` is seconds, asked
    by the other side.
    """

    error: str
    category: Category | None = None
    exit_code: int | None = None
    http_status: int | None = None
    timed_out: bool = False
    exception: str | None = None
    output: str = ""
    may_have_acted: bool = False
    destination: str | None = None
    retry_after: float = 0.0
    details: dict[str, str] = field(default_factory=dict)


Outcome = Success | Failure
