"""The only reader of the environment; one frozen Settings, checked all together."""

import base64
import difflib
import os
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from recado import wire
from recado.access.private_file import write_private
from recado.errors import NotJsonError, SettingsError
from recado.model.redact import Secret
from recado.settings_table import (
    CLIENT_SETTINGS,
    SETTINGS,
    SettingInForce,
    is_address,
    settings_in_force,
)

PREFIX = "RECADO_"
KEY_FILE = "secret.key"
CLI_FILE = "cli.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineSettings:
    """What is kept of each trigger's rejected deliveries, at most."""

    count: int = 1_000
    mib: int = 20
    days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerSettings:
    """The brokers to consume; "" is none. ``nats_url`` may be several, with commas."""

    amqp_url: Secret = field(default_factory=lambda: Secret(""))
    amqp_queues: tuple[str, ...] = ("*",)
    nats_url: Secret = field(default_factory=lambda: Secret(""))
    nats_stream: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set. Built by ``read_settings`` or by a test.

    ``in_force`` says the same for people: each value, and where it comes from.
    """

    data_dir: Path
    secret_key: Secret
    database_url: str = field(default="sqlite:///recado.db", repr=False)
    host: str = "127.0.0.1"
    port: int = 8484
    public_url: str = ""
    bootstrap_api_key: Secret = field(default_factory=lambda: Secret(""))
    scripts_dir: Path | None = None
    agent_command: tuple[str, ...] = ()
    concurrency: int = 64
    processes: int = 8
    grace_seconds: float = 20.0
    retention: timedelta = timedelta(days=30)
    quarantine: QuarantineSettings = field(default_factory=QuarantineSettings)
    brokers: BrokerSettings = field(default_factory=BrokerSettings)
    log_format: str = "json"
    action_environment: Mapping[str, str] = field(default_factory=dict)
    in_force: tuple[SettingInForce, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """Where the operating commands find the server, as far as that is known."""

    url: str | None
    api_key: Secret | None
    data_dir: Path


def read_settings(
    environ: Mapping[str, str] | None = None,
    *,
    options: Mapping[str, str] | None = None,
) -> Settings:
    """Read and check all settings; make the secret key on first use.

    ``options`` are names and values that win over the environment.

    Raises:
        SettingsError: Something is wrong; all problems are named at once.
    """
    values = {**(os.environ if environ is None else environ), **(options or {})}
    problems = _unknown_names(values)
    reader = _Reader(values, problems)
    data_dir = Path(reader.text("RECADO_DATA_DIR")).expanduser()
    settings = Settings(
        data_dir=data_dir,
        secret_key=Secret(reader.text("RECADO_SECRET_KEY")),
        database_url=reader.text("RECADO_DATABASE_URL"),
        host=reader.text("RECADO_HOST"),
        port=reader.whole("RECADO_PORT", 0, 65535),
        public_url=reader.text("RECADO_PUBLIC_URL").rstrip("/"),
        bootstrap_api_key=reader.long_secret("RECADO_BOOTSTRAP_API_KEY", 20),
        scripts_dir=_scripts_dir(reader, data_dir),
        agent_command=reader.words("RECADO_AGENT_COMMAND"),
        concurrency=reader.whole("RECADO_CONCURRENCY", 1, 10_000),
        processes=reader.whole("RECADO_PROCESSES", 1, 1_000),
        grace_seconds=float(reader.whole("RECADO_GRACE_SECONDS", 0, 3_600)),
        retention=timedelta(days=reader.whole("RECADO_RETENTION_DAYS", 1, 36_500)),
        quarantine=_read_quarantine(reader),
        brokers=_read_brokers(reader),
        log_format=reader.one_of("RECADO_LOG_FORMAT", ("json", "text")),
        action_environment=_for_programs(values),
        in_force=settings_in_force(values, set(options or {})),
    )
    if problems:
        raise SettingsError("\n".join(problems))
    return _with_key(settings)


def _with_key(settings: Settings) -> Settings:
    if settings.secret_key:
        return settings
    return replace(settings, secret_key=_kept_key(settings.data_dir / KEY_FILE))


def _scripts_dir(reader: "_Reader", data_dir: Path) -> Path:
    return Path(reader.text("RECADO_SCRIPTS_DIR") or data_dir / "scripts").expanduser()


def _read_quarantine(reader: "_Reader") -> QuarantineSettings:
    return QuarantineSettings(
        count=reader.whole("RECADO_QUARANTINE_COUNT", 0, 100_000),
        mib=reader.whole("RECADO_QUARANTINE_MIB", 1, 1_000),
        days=reader.whole("RECADO_QUARANTINE_DAYS", 1, 365),
    )


def _read_brokers(reader: "_Reader") -> BrokerSettings:
    return BrokerSettings(
        amqp_url=reader.addresses("RECADO_AMQP_URL", ("amqp", "amqps"), most=1),
        amqp_queues=reader.names("RECADO_AMQP_QUEUES"),
        nats_url=reader.addresses("RECADO_NATS_URL", ("nats", "tls", "ws", "wss")),
        nats_stream=reader.text("RECADO_NATS_STREAM"),
    )


def read_client_settings(
    environ: Mapping[str, str] | None = None,
    *,
    url: str | None = None,
    api_key: str | None = None,
) -> ClientSettings:
    """Read where the server is: what is given, the environment, the data folder.

    The data folder's key is for its own server: no other address is ever sent it.

    Raises:
        SettingsError: The data folder's file cannot be read, or a name that begins
            with RECADO_ is no setting.
    """
    values = os.environ if environ is None else environ
    if problems := _unknown_names(values):
        raise SettingsError("\n".join(problems))
    data_dir = Path(values.get("RECADO_DATA_DIR") or "./recado-data").expanduser()
    asked = url or values.get("RECADO_URL")
    said = api_key or values.get("RECADO_API_KEY")
    kept = {} if asked and said else _kept_client_file(data_dir / CLI_FILE)
    own = not asked or asked.rstrip("/") == str(kept.get("url")).rstrip("/")
    key = said or (own and kept.get("api_key"))
    return ClientSettings(
        url=asked or kept.get("url"),
        api_key=Secret(key) if key else None,
        data_dir=data_dir,
    )


def kept_api_key(data_dir: Path) -> Secret | None:
    """Return the key that was left for the commands at an earlier start.

    None too when the file cannot be read: the server writes a new one.
    """
    try:
        key = _kept_client_file(data_dir / CLI_FILE).get("api_key")
    except SettingsError:
        return None
    return Secret(key) if key else None


def write_client_file(data_dir: Path, *, url: str, api_key: Secret) -> Path:
    """Leave the address and a key for the commands on this machine (mode 0600)."""
    path = data_dir / CLI_FILE
    write_private(path, wire.encode({"url": url, "api_key": api_key.reveal()}))
    return path


def _unknown_names(values: Mapping[str, str]) -> list[str]:
    known = [setting.name for setting in (*SETTINGS, *CLIENT_SETTINGS)]
    problems = []
    for name in values:
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"{name} is not a setting{hint}")
    return problems


class _Reader:
    def __init__(self, values: Mapping[str, str], problems: list[str]) -> None:
        self._values = values
        self._problems = problems
        self._defaults = {setting.name: setting.default for setting in SETTINGS}

    def text(self, name: str) -> str:
        return self._values.get(name) or self._defaults[name]

    def long_secret(self, name: str, least: int) -> Secret:
        text = self.text(name)
        if text and len(text) < least:
            self._problems.append(f"{name} must have {least} characters or more")
        return Secret(text)

    def whole(self, name: str, least: int, most: int) -> int:
        given = self.text(name)
        if given.isascii() and given.isdigit() and least <= int(given) <= most:
            return int(given)
        self._problems.append(
            f"{name} is '{given}'; it must be a number from {least} to {most}"
        )
        return least

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        given = self.text(name)
        if given not in choices:
            self._problems.append(
                f"{name} is '{given}'; it must be one of: {', '.join(choices)}"
            )
        return given

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(n for one in self.text(name).split(",") if (n := one.strip()))

    def addresses(
        self, name: str, schemes: tuple[str, ...], *, most: int = 100
    ) -> Secret:
        """Return addresses, which may hold passwords: a problem quotes none."""
        given = self.names(name)
        if len(given) > most or not all(is_address(one, schemes) for one in given):
            self._problems.append(
                f"{name} must be like {schemes[0]}://user:password@host:port; what is "
                "special in a password is written as %40 for @, %2F for /, %3A for :"
            )
        return Secret(",".join(given))

    def words(self, name: str) -> tuple[str, ...]:
        try:
            return tuple(shlex.split(self.text(name)))
        except ValueError as error:
            self._problems.append(f"{name} cannot be split into words: {error}")
            return ()


def _for_programs(values: Mapping[str, str]) -> dict[str, str]:
    """Return what programs of actions may see: never a secret of the server."""
    wanted = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER")
    return {name: values[name] for name in wanted if name in values}


def _kept_key(path: Path) -> Secret:
    if path.exists():
        return Secret(path.read_text().strip())
    key = base64.urlsafe_b64encode(secrets.token_bytes(32))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, key)
    return Secret(key.decode())


def _kept_client_file(path: Path) -> Mapping[str, str]:
    try:
        kept = wire.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, NotJsonError) as error:
        raise SettingsError(_unreadable(path, str(error))) from error
    if isinstance(kept, dict) and all(isinstance(one, str) for one in kept.values()):
        return kept
    raise SettingsError(_unreadable(path, "it is no JSON object of texts"))


def _unreadable(path: Path, why: str) -> str:
    return (
        f"cannot read {path}: {why}. To have it written anew, start the server again, "
        "or set RECADO_URL and RECADO_API_KEY."
    )
