"""What a failed call says on stdout."""

from typing import Any

from recado.cli.evo.document import SAME_ID, UNSURE
from recado.errors import CategoryName, EvolutionError
from recado.evolution.commands.base import Command

HINTS: dict[CategoryName, str] = {
    "transient": "It may pass. Run the command again in a moment.",
    "offline": (
        "The number is not connected. See status; link it with qr or pair, or revive "
        "it with force_reconnect."
    ),
    "permanent": "The same call will fail again. Correct the number or the content.",
    "config": (
        "Check EVOLUTION_GO_URL, the key (EVOLUTION_GO_ADMIN_KEY for what is about the "
        "whole server), and the server's licence (license_status)."
    ),
    "unknown": "Read the message.",
}

FIRST_FAILURE = 300


def failure(error: EvolutionError, command: Command[Any] | None) -> dict[str, Any]:
    """Return the document of a call that failed for good."""
    message_id = getattr(command, "id", None) if _is_send(command) else None
    facts = {
        "message": str(error),
        "route": error.route,
        "category": error.category,
        "may_have_acted": error.may_have_acted,
        "attempts": error.attempts,
        "id": message_id,
        "hint": _hint(error, message_id),
    }
    return _reason(error) | {
        name: value for name, value in facts.items() if value is not None
    }


def _reason(error: EvolutionError) -> dict[str, Any]:
    if error.status is None:
        return {"error": f"Connection failed: {error}"}
    body = error.body if isinstance(error.body, dict | list) else {"body": error.body}
    if error.status < FIRST_FAILURE:
        return {"error": f"HTTP {error.status}, but no success", "details": body}
    return {"error": f"HTTP {error.status}", "details": body}


def _hint(error: EvolutionError, message_id: str | None) -> str:
    if not error.may_have_acted:
        return HINTS[error.category]
    return SAME_ID.format(id=message_id) if message_id else UNSURE


def _is_send(command: Command[Any] | None) -> bool:
    return command is not None and command.path.startswith("/send/")
