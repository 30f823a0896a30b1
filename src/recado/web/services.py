"""What the routes work with; put together in ``recado.server``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from recado.access.keys import Draw, Keys
from recado.access.payload_views import PayloadViews
from recado.access.sessions import Sessions
from recado.access.setup_link import SetupLink
from recado.access.users import Users
from recado.clock import Clock
from recado.execution.actions.action import Action
from recado.execution.bulk import BulkRunner
from recado.execution.worker import Worker
from recado.intake.receive import Intake
from recado.model.trigger import ActionType
from recado.observe.brokers import BrokerStates
from recado.observe.metrics import Metrics
from recado.observe.signals import Signals
from recado.settings_table import SettingInForce
from recado.store.cipher import Cipher
from recado.store.known_triggers import KnownTriggers
from recado.store.protocol import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of one running server.

    ``public_url`` is how senders reach it, without a slash at the end. ``worker`` is
    None on a node that only takes deliveries. ``wake`` tells the workers of all nodes
    that something may be due.
    """

    store: Store
    triggers: KnownTriggers
    intake: Intake
    worker: Worker | None
    wake: Callable[[], None]
    bulk: BulkRunner
    actions: Mapping[ActionType, Action]
    keys: Keys
    users: Users
    sessions: Sessions
    setup_link: SetupLink
    payload_views: PayloadViews
    cipher: Cipher
    clock: Clock
    signals: Signals
    metrics: Metrics
    brokers: BrokerStates
    draw: Draw
    settings: tuple[SettingInForce, ...]
    public_url: Callable[[], str]
    version: str


def services(request: Request) -> Services:
    """Return the parts that a request's server works with."""
    found: Services = request.app.state.services
    return found
