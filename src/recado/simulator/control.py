"""The routes under ``/_simulate/``: look at the phone, make things go wrong.

They ask for no key; the stand-in belongs on a loopback address.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from recado import wire
from recado.errors import InvalidError, NotFoundError, NotJsonError, Problem
from recado.simulator.control_actions import cast_vote, emit_events, mark_messages
from recado.simulator.control_shapes import (
    shown_account,
    shown_instance,
    shown_message,
    shown_reaction,
    shown_request,
    shown_rule,
)
from recado.simulator.deliver import is_address
from recado.simulator.faults import read_rule
from recado.simulator.instances import Instance
from recado.simulator.routing import why_unknown
from recado.simulator.simulation import Simulation

PREFIX = "/_simulate/"
CHANGEABLE = {"online": bool, "logged_in": bool, "webhook": str | None}


def make_control(simulation: Simulation) -> Starlette:
    """Return the application that serves the control routes."""
    control = Starlette(
        routes=[
            Route(PREFIX + path, serve, methods=[method])
            for method, path, serve in CONTROLS
        ],
        exception_handlers={
            InvalidError: _refuse_fields,
            NotJsonError: _refuse_text,
            NotFoundError: _refuse_name,
        },
    )
    control.state.simulation = simulation
    return control


async def list_faults(request: Request) -> Response:
    """List the faults in force, oldest first."""
    return _json([shown_rule(rule) for rule in _simulation(request).faults])


async def add_fault(request: Request) -> Response:
    """Put a fault in force."""
    rule = read_rule(wire.decode(await request.body()))
    unknown = why_unknown(rule.route)
    if unknown is not None:
        raise InvalidError([Problem("route", unknown)])
    _simulation(request).faults.add(rule)
    return _json({"status": "ok"}, 201)


async def clear_faults(request: Request) -> Response:
    """Let everything work again."""
    _simulation(request).faults.clear()
    return _json({"status": "ok"})


async def list_instances(request: Request) -> Response:
    """Say which instances are up."""
    return _json([shown_instance(item) for item in _simulation(request).instances])


async def show_instance(request: Request) -> Response:
    """Show what an instance did: its chats, labels, typing, read messages and so on."""
    simulation, instance = _simulation(request), _named_instance(request)
    return _json(shown_instance(instance) | shown_account(simulation.account(instance)))


async def change_instance(request: Request) -> Response:
    """Take an instance up or down, pair its phone, or send its events elsewhere."""
    instance, changes = _named_instance(request), await _object(request)
    problems = [
        Problem(name, "is not known or has the wrong type")
        for name, value in changes.items()
        if name not in CHANGEABLE or not isinstance(value, CHANGEABLE[name])
    ]
    webhook = changes.get("webhook")
    if isinstance(webhook, str) and not is_address(webhook):
        problems.append(Problem("webhook", "must be an http address or null"))
    if problems:
        raise InvalidError(problems)
    return _json(shown_instance(_simulation(request).change(instance, **changes)))


async def list_messages(request: Request) -> Response:
    """Show what the phone shows; ``?instance=`` and ``?chat=`` choose."""
    wanted = {
        name: value
        for name, value in request.query_params.items()
        if name in ("instance", "chat")
    }
    return _json(
        [
            shown_message(one)
            for one in _simulation(request).phone.shown()
            if all(getattr(one, name) == value for name, value in wanted.items())
        ]
    )


async def list_reactions(request: Request) -> Response:
    """Show the reactions that instances gave to messages that came in."""
    reactions = _simulation(request).phone.reactions()
    return _json([shown_reaction(key, reaction) for key, reaction in reactions])


async def list_requests(request: Request) -> Response:
    """List the last requests, oldest first, without keys."""
    return _json([shown_request(seen) for seen in _simulation(request).requests])


async def emit(request: Request) -> Response:
    """Deliver events to an address, or to the instance's own webhook.

    Answers 202 at once; with ``wait`` true, 200 when all deliveries have ended.
    """
    answer = await emit_events(_simulation(request), await _object(request))
    return _json(answer, 200 if "deliveries" in answer else 202)


async def receipts(request: Request) -> Response:
    """Say that the recipient got or read messages; the webhook is told."""
    return _json(mark_messages(_simulation(request), await _object(request)))


async def votes(request: Request) -> Response:
    """Vote in a poll that an instance sent; the webhook is told."""
    return _json(cast_vote(_simulation(request), await _object(request)), 201)


async def licence(request: Request) -> Response:
    """Take the licence away or give it back: ``{"active": false}``."""
    body = await _object(request)
    if body.keys() != {"active"} or not isinstance(body["active"], bool):
        raise InvalidError([Problem("active", "must be true or false, and alone")])
    _simulation(request).licensed = body["active"]
    return _json({"status": "ok"})


async def reset(request: Request) -> Response:
    """Put everything back to the start."""
    await _simulation(request).reset()
    return _json({"status": "ok"})


CONTROLS: tuple[tuple[str, str, Callable[[Request], Awaitable[Response]]], ...] = (
    ("GET", "messages", list_messages),
    ("GET", "reactions", list_reactions),
    ("GET", "requests", list_requests),
    ("GET", "faults", list_faults),
    ("POST", "faults", add_fault),
    ("DELETE", "faults", clear_faults),
    ("GET", "instances", list_instances),
    ("GET", "instances/{name}", show_instance),
    ("PATCH", "instances/{name}", change_instance),
    ("POST", "emit", emit),
    ("POST", "receipts", receipts),
    ("POST", "votes", votes),
    ("PATCH", "licence", licence),
    ("POST", "reset", reset),
)
"""Method, path behind the prefix, and what serves them."""


def _simulation(request: Request) -> Simulation:
    simulation: Simulation = request.app.state.simulation
    return simulation


def _named_instance(request: Request) -> Instance:
    return _simulation(request).named(request.path_params["name"])


async def _object(request: Request) -> dict[str, Any]:
    body = wire.decode(await request.body())
    if not isinstance(body, dict):
        raise InvalidError([Problem("body", "must be an object")])
    return body


def _json(value: object, status: int = 200) -> Response:
    return Response(wire.encode(value), status, media_type="application/json")


async def _refuse_fields(request: Request, error: Exception) -> Response:
    del request
    problems = error.problems if isinstance(error, InvalidError) else ()
    shown = [{"field": item.field, "message": item.message} for item in problems]
    return _json({"error": str(error), "problems": shown}, 400)


async def _refuse_text(request: Request, error: Exception) -> Response:
    del request
    return _json({"error": f"the body is not JSON: {error}"}, 400)


async def _refuse_name(request: Request, error: Exception) -> Response:
    del request
    return _json({"error": str(error)}, 404)
