"""The errors of the gateway that can be asked for by their name."""

from recado import wire
from recado.simulator.answer import CRASHED, Answer, failure
from recado.simulator.known_failures import FAILURES
from recado.simulator.known_refusals import REFUSALS
from recado.simulator.known_whatsapp_failures import WHATSAPP_FAILURES

SESSION_ROUTES = frozenset(
    {"GET /instance/status", "GET /instance/qr", "DELETE /instance/logout"}
)
"""Answer 400 for the troubles that others call 500."""

KNOWN_ERRORS = REFUSALS | FAILURES | WHATSAPP_FAILURES

PANIC = "panic"
"""A crash inside the gateway: it has no text at all."""

NAMES = (*KNOWN_ERRORS, PANIC)


def answer_with_error(name: str, route: str) -> Answer:
    """Return the answer of a route that fails with an error of ``NAMES``."""
    if name == PANIC:
        return CRASHED
    if name == "licence_required":
        return licence_refusal()
    known = KNOWN_ERRORS[name]
    speaks_400 = route in SESSION_ROUTES and 400 in known.statuses  # noqa: PLR2004 -- an HTTP status
    return failure(400 if speaks_400 else known.statuses[0], known.text)


def licence_refusal() -> Answer:
    """Return what every route says until an operator has activated the licence."""
    known = KNOWN_ERRORS["licence_required"]
    body = {
        "code": "LICENSE_REQUIRED",
        "error": known.text,
        "message": "Activate the licence to use this service.",
        "register_url": "/license/register",
    }
    return Answer(status=known.statuses[0], body=wire.encode(body))
