"""Evolution Go, asked by the SDK: only what changes nothing there."""

from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from recado import wire
from recado.cli.api_client import Probed, probe
from recado.cli.doctor.facts import GatewayFacts, Tried
from recado.cli.evo.access import Access
from recado.clock import Clock
from recado.errors import ApiError, EvolutionError, NotJsonError
from recado.evolution.client import EvolutionGo
from recado.evolution.replies.instances import Instance
from recado.retry.policy import RetryPolicy

T = TypeVar("T")

NO_INSTANCE = "00000000-0000-0000-0000-000000000000"
"""An id of nobody: the gateway judges the key before it looks for the instance."""

UNAUTHORIZED = 401
SECONDS = 15.0


def ask_gateway(access: Access, clock: Clock) -> GatewayFacts:
    """Return what the gateway answers; what it refuses is a fact, never an error."""
    if not access.url:
        return GatewayFacts()
    known = {
        "url": access.url,
        "has_key": bool(access.key),
        "has_admin_key": bool(access.admin_key),
    }
    try:
        probed = probe(f"{access.url.rstrip('/')}/server/ok")
        client = EvolutionGo(
            access.url,
            access.key or access.admin_key or "none",
            admin_key=access.admin_key or access.key or None,
            retry=RetryPolicy(max_attempts=1),
            timeout=SECONDS,
            on_failed_try=None,
        )
    except (ApiError, ValueError) as error:
        return GatewayFacts(url=access.url, unreachable=str(error))
    with client:
        asked = _ask(client, access) if _is_gateway(probed) else {}
    return GatewayFacts(
        **known,  # type: ignore[arg-type]  # each name has its own type
        **asked,  # type: ignore[arg-type]
        is_gateway=_is_gateway(probed),
        skew=skew_of(probed.date, clock.now()),
    )


def skew_of(date: str, now: datetime) -> float | None:
    """Return how many seconds ahead a ``Date`` header is, None if it is none."""
    try:
        return (parsedate_to_datetime(date) - now).total_seconds()
    except (ValueError, TypeError):
        return None


def _ask(client: EvolutionGo, access: Access) -> dict[str, object]:
    licence = _tried(client.license_status)
    listed = _tried(client.list_instances)
    instances = tuple(listed) if isinstance(listed, list) else listed
    found: dict[str, object] = {
        "licence": None if isinstance(licence, Tried) else licence,
        "instances": instances,
    }
    if not access.key:
        return found
    own = ""
    if not isinstance(instances, Tried):
        own = _name_of(access.key, instances)
        # what opened the list is the global key
        found["key_is_admin"] = access.key == (access.admin_key or access.key)
    found["own"] = own
    if not own:
        failure = _tried(lambda: client.advanced_settings(NO_INSTANCE))
        if isinstance(failure, Tried) and failure.status == UNAUTHORIZED:
            found["key_failure"] = failure
    return found


def _name_of(token: str, instances: tuple[Instance, ...]) -> str:
    return next((one.name for one in instances if one.token.reveal() == token), "")


def _tried(call: Callable[[], T]) -> T | Tried:
    try:
        return call()
    except EvolutionError as error:
        return Tried(status=error.status, text=str(error))


def _is_gateway(probed: Probed) -> bool:
    try:
        answer = wire.decode(probed.body)
    except NotJsonError:
        return False
    return isinstance(answer, dict) and answer.get("status") == "ok"
