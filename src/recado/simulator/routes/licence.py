"""The licence, and whether the server is there: nobody needs a key for these."""

from urllib.parse import parse_qs

from recado.simulator.answer import Answer, bare
from recado.simulator.route import Auth, Call, Route, Session

_MASKED_KEY = "lic_****"


def server_ok(call: Call) -> Answer:
    """``GET /server/ok``."""
    del call
    return bare({"status": "ok"})


def licence_status(call: Call) -> Answer:
    """``GET /license/status``: the key is shown once there is one."""
    licensed = call.simulation.licensed
    shown = {
        "instance_id": "recado-simulator",
        "status": "active" if licensed else "inactive",
    }
    return bare({"api_key": _MASKED_KEY, **shown} if licensed else shown)


def licence_register(call: Call) -> Answer:
    """``GET /license/register``: the address leads to the next step."""
    if call.simulation.licensed:
        return bare({"status": "active"})
    return bare({"register_url": "/license/activate?code=any", "status": "pending"})


def licence_activate(call: Call) -> Answer:
    """``GET /license/activate``: any code is a good one."""
    if not parse_qs(call.asked.query).get("code"):
        return call.fails_with("Missing code parameter", 400)
    call.simulation.licensed = True
    return bare({"message": "License activated", "status": "active"})


ROUTES = tuple(
    Route("GET", path, answer, auth=Auth.NONE, session=Session.NONE)
    for path, answer in (
        ("/server/ok", server_ok),
        ("/license/status", licence_status),
        ("/license/register", licence_register),
        ("/license/activate", licence_activate),
    )
)
