"""What the doctor knows: gathered by asking and looking, judged elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recado.brokers.look import BrokerLook
from recado.evolution.replies.instances import Instance
from recado.evolution.replies.server import Licence


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFacts:
    """The data folder. ``mode`` and ``key_mode`` are permission bits, None if absent.

    ``free`` is bytes; ``filesystem`` is the kernel's name of it, "" if unknown.
    """

    folder: Path
    mode: int | None
    key_mode: int | None
    writable: bool
    free: int
    filesystem: str
    is_sqlite: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """The running Recado. ``problem`` says why it could not be asked, else "".

    ``triggers`` are those of Evolution Go, as the API shows them.
    """

    url: str = ""
    problem: str = ""
    stats: Mapping[str, Any] = field(default_factory=dict)
    triggers: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A call of the gateway that failed: its HTTP status, None without an answer."""

    status: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFacts:
    """What Evolution Go answers. ``url`` is "" when no address is set.

    ``is_gateway`` tells that ``/server/ok`` answers as it does; ``unreachable`` says
    why nothing answers, else "". ``skew`` is how many seconds its clock is ahead.
    ``instances`` is a failure when the global key does not open their list;
    ``key_failure`` is that of the instance's token, None when it was let in.
    ``own`` names the instance whose token is set, "" if that is not known.
    """

    url: str = ""
    has_key: bool = False
    has_admin_key: bool = False
    unreachable: str = ""
    is_gateway: bool = False
    skew: float | None = None
    licence: Licence | None = None
    instances: tuple[Instance, ...] | Tried = ()
    key_failure: Tried | None = None
    key_is_admin: bool = False
    own: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All of it. ``gateway_settings`` is the gateway's own environment, if given."""

    disk: DiskFacts
    server: ServerFacts
    gateway: GatewayFacts
    brokers: tuple[BrokerLook, ...] = ()
    gateway_settings: Mapping[str, str] | None = None
