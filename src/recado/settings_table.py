"""Every name in the environment that Recado reads, and what is in force of them."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

_LOGIN = re.compile(r"(?<=://)(?:(?!,\s*\w+://).)*@|(?<=[?&]password=)[^&]*")
"""Name and password in addresses, up to the last @: a password may hold one too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One name in the environment: its default, and what it is for."""

    name: str
    default: str
    help: str
    is_secret: bool = False


class Origin(StrEnum):
    """Where the value of a setting comes from."""

    OPTION = "option"
    ENVIRONMENT = "environment"
    DEFAULT = "default"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingInForce:
    """A setting as the server uses it. ``value`` is "" when it is secret or not set."""

    name: str
    value: str
    origin: Origin
    is_set: bool
    is_secret: bool


SETTINGS = (
    Setting(
        name="RECADO_DATA_DIR",
        default="./recado-data",
        help="Folder of the database, the key and the scripts.",
    ),
    Setting(
        name="RECADO_DATABASE_URL",
        default="sqlite:///recado.db",
        help="Database: a SQLite file (in RECADO_DATA_DIR if relative) or "
        "`postgresql://USER:PASSWORD@HOST/DATABASE`, which many nodes can share.",
    ),
    Setting(name="RECADO_HOST", default="127.0.0.1", help="Address to listen on."),
    Setting(name="RECADO_PORT", default="8484", help="Port to listen on; 0 picks one."),
    Setting(
        name="RECADO_PUBLIC_URL",
        default="",
        help="How senders reach this server, when a proxy stands in front.",
    ),
    Setting(
        name="RECADO_SECRET_KEY",
        default="",
        help="Key that encrypts stored secrets; made on first start (mode 0600).",
        is_secret=True,
    ),
    Setting(
        name="RECADO_BOOTSTRAP_API_KEY",
        default="",
        help="Creates an admin API key with this value (20 characters or more).",
        is_secret=True,
    ),
    Setting(
        name="RECADO_SCRIPTS_DIR",
        default="",
        help="What `script` actions may run; default: scripts in the data folder.",
    ),
    Setting(
        name="RECADO_AGENT_COMMAND",
        default="",
        help="Program that `prompt` and `skill` actions hand their text to.",
    ),
    Setting(
        name="RECADO_CONCURRENCY",
        default="64",
        help="Executions that run at the same time.",
    ),
    Setting(
        name="RECADO_PROCESSES",
        default="8",
        help="Programs (script, prompt, skill) that run at the same time.",
    ),
    Setting(
        name="RECADO_GRACE_SECONDS",
        default="20",
        help="How long running attempts may go on after SIGTERM.",
    ),
    Setting(
        name="RECADO_RETENTION_DAYS",
        default="30",
        help="Days that resolved executions and their payloads are kept.",
    ),
    Setting(
        name="RECADO_QUARANTINE_COUNT",
        default="1000",
        help="Rejected deliveries kept of each trigger; 0 keeps none.",
    ),
    Setting(
        name="RECADO_QUARANTINE_MIB",
        default="20",
        help="MiB of rejected deliveries kept of each trigger.",
    ),
    Setting(
        name="RECADO_QUARANTINE_DAYS",
        default="7",
        help="Days for which rejected deliveries are kept.",
    ),
    Setting(
        name="RECADO_AMQP_URL",
        default="",
        help="RabbitMQ that Evolution Go publishes to; its events are consumed.",
    ),
    Setting(
        name="RECADO_AMQP_QUEUES",
        default="*",
        help="Queues to consume: `*`, `<instance id>.*` or names, with commas.",
    ),
    Setting(
        name="RECADO_NATS_URL",
        default="",
        help="NATS that Evolution Go publishes to; its events are consumed.",
    ),
    Setting(
        name="RECADO_NATS_STREAM",
        default="",
        help="JetStream stream that keeps the events; else core NATS is read.",
    ),
    Setting(
        name="RECADO_LOG_FORMAT", default="json", help="`json` or `text`, on stderr."
    ),
)

CLIENT_SETTINGS = (
    Setting(name="RECADO_URL", default="", help="Server that the commands speak to."),
    Setting(name="RECADO_API_KEY", default="", help="Key that the commands use."),
)


def settings_in_force(
    values: Mapping[str, str], options: AbstractSet[str]
) -> tuple[SettingInForce, ...]:
    """Return each setting of the server, in the order of the table.

    ``values`` are the environment and the options together; ``options`` are the names
    of the latter. The secret key is kept in a file when it is not given.
    """
    return tuple(_in_force(one, values, options) for one in SETTINGS)


def _in_force(
    setting: Setting, values: Mapping[str, str], options: AbstractSet[str]
) -> SettingInForce:
    given = values.get(setting.name, "")
    value = given or setting.default
    if given:
        origin = Origin.OPTION if setting.name in options else Origin.ENVIRONMENT
    else:
        origin = Origin.FILE if setting.name == "RECADO_SECRET_KEY" else Origin.DEFAULT
    return SettingInForce(
        name=setting.name,
        value="" if setting.is_secret else _LOGIN.sub("", value),
        origin=origin,
        is_set=value != "" or origin is Origin.FILE,
        is_secret=setting.is_secret,
    )


def is_address(text: str, schemes: tuple[str, ...]) -> bool:
    """Tell whether a text is an address with one of these schemes."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in schemes
            and bool(parts.hostname)
            and "@" not in parts.path
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:  # a port that is none, a bracket without its other
        return False
