"""A route of the gateway as a value: who may call it, what it takes, what it does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from recado.simulator.answer import Answer, Asked, failure
from recado.simulator.bind import Values
from recado.simulator.body import Body
from recado.simulator.error_texts import answer_with_error
from recado.simulator.instances import Instance
from recado.simulator.simulation import Simulation
from recado.simulator.state.account import Account


class Auth(StrEnum):
    """Whose key opens a route; neither kind opens the routes of the other."""

    NONE = "none"
    ADMIN = "admin"
    INSTANCE = "instance"


class Session(StrEnum):
    """What must be up before a route is carried out."""

    NONE = "none"
    ONLINE = "online"
    PAIRED = "paired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that passed every check; ``caller`` is None on routes for admins."""

    simulation: Simulation
    asked: Asked
    caller: Instance | None
    values: Values
    params: Mapping[str, str]

    @property
    def instance(self) -> Instance:
        """Return the instance whose key it came with.

        Raises:
            LookupError: The route is not one of an instance.
        """
        if self.caller is None:
            raise LookupError("this route is for no instance")
        return self.caller

    @property
    def account(self) -> Account:
        """Return what the instance has set up."""
        return self.simulation.account(self.instance)

    def text(self, name: str) -> str:
        """Return a text of the body, "" when it is not there."""
        return str(self.values.get(name, ""))

    def fails(self, error: str) -> Answer:
        """Return the answer of an error of ``KNOWN_ERRORS``."""
        return answer_with_error(error, self.asked.route)

    def fails_with(self, words: str, status: int = 500) -> Answer:
        """Return the answer of an error whose text depends on the request."""
        return failure(status, words)


Handler = Callable[[Call], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """``path`` has ``:names`` for its variable parts.

    ``retries`` says that the gateway itself tries to revive an offline session for a
    while before it gives up; ``unpaired`` is its error while no phone is paired. A
    route that takes ``forms`` reads a body that is one itself.
    """

    method: str
    path: str
    answer: Handler
    body: Body | None = None
    auth: Auth = Auth.INSTANCE
    session: Session = Session.PAIRED
    retries: bool = False
    forms: bool = False
    unpaired: str = "not_logged_in"

    @property
    def name(self) -> str:
        """Return how faults and the contract name it: ``POST /send/text``."""
        return f"{self.method} {self.path}"
