"""Every name in the environment that Recado reads: its default, and what it is for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One name in the environment: its default, and what it is for."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting(
        name="RECADO_DATA_DIR",
        default="./recado-data",
        help="Folder of the database, the key and the scripts.",
    ),
    Setting(
        name="RECADO_DATABASE_URL",
        default="sqlite:///recado.db",
        help="Database; a relative SQLite file lies in RECADO_DATA_DIR.",
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
    ),
    Setting(
        name="RECADO_BOOTSTRAP_API_KEY",
        default="",
        help="Creates an admin API key with this value (20 characters or more).",
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
        name="RECADO_LOG_FORMAT", default="json", help="`json` or `text`, on stderr."
    ),
)

CLIENT_SETTINGS = (
    Setting(name="RECADO_URL", default="", help="Server that the commands speak to."),
    Setting(name="RECADO_API_KEY", default="", help="Key that the commands use."),
)
