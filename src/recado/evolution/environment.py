"""The client's settings, from a mapping such as the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from recado.errors import SettingsError
from recado.model.redact import Secret

URL, KEY, ADMIN_KEY, INSTANCE = (
    "EVOLUTION_GO_URL",
    "EVOLUTION_GO_KEY",
    "EVOLUTION_GO_ADMIN_KEY",
    "EVOLUTION_GO_INSTANCE",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """Where the gateway is, the keys for it, and the word for the sending number."""

    base_url: str = field(repr=False)
    api_key: Secret
    admin_key: Secret | None
    instance: str = ""


def read_settings(environ: Mapping[str, str]) -> ClientSettings:
    """Return the settings of a client.

    Raises:
        SettingsError: One is missing; says which and what belongs there.
    """
    needed = {
        URL: "the gateway's address, such as http://127.0.0.1:8080",
        KEY: "the token of the instance that sends",
    }
    missing = [
        f"{name} ({what})" for name, what in needed.items() if not environ.get(name)
    ]
    if missing:
        raise SettingsError(f"not set: {', '.join(missing)}")
    admin_key = environ.get(ADMIN_KEY)
    return ClientSettings(
        base_url=environ[URL],
        api_key=Secret(environ[KEY]),
        admin_key=Secret(admin_key) if admin_key else None,
        instance=environ.get(INSTANCE, ""),
    )
