"""The routes under ``/_simulate/``: look at the phone, make things go wrong.

They ask for no key; the stand-in belongs on a loopback address.
"""

from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from recado import wire
from recado.errors import InvalidError, NotFoundError, NotJsonError, Problem
from recado.simulator.deliver import is_address
from recado.simulator.emission import read_emission
from recado.simulator.faults import read_rule
from recado.simulator.instances import Instance
from recado.simulator.phone import ShownMessage
from recado.simulator.simulation import SeenRequest, Simulation

PREFIX = "/_simulate/"
_EMISSION_ONLY = frozenset({"url", "instance", "wait"})
_CHANGEABLE = {"online": bool, "logged_in": bool, "webhook": str | None}


def make_control(simulation: Simulation) -> Starlette:
    """Return the application that serves the control routes."""
    control = Starlette(
        routes=[
            Route(PREFIX + "faults", add_fault, methods=["POST"]),
            Route(PREFIX + "faults", clear_faults, methods=["DELETE"]),
            Route(PREFIX + "instances", list_instances),
            Route(PREFIX + "instances/{name}", change_instance, methods=["PATCH"]),
            Route(PREFIX + "messages", list_messages),
            Route(PREFIX + "requests", list_requests),
            Route(PREFIX + "emit", emit, methods=["POST"]),
            Route(PREFIX + "reset", reset, methods=["POST"]),
        ],
        exception_handlers={
            InvalidError: _refuse_fields,
            NotJsonError: _refuse_text,
            NotFoundError: _refuse_name,
        },
    )
    control.state.simulation = simulation
    return control


async def add_fault(request: Request) -> Response:
    """Put a fault in force: ``POST /_simulate/faults``."""
    _simulation(request).faults.add(read_rule(wire.decode(await request.body())))
    return _json({"status": "ok"}, 201)


async def clear_faults(request: Request) -> Response:
    """Let everything work again: ``DELETE /_simulate/faults``."""
    _simulation(request).faults.clear()
    return _json({"status": "ok"})


async def list_instances(request: Request) -> Response:
    """Say which instances are up: ``GET /_simulate/instances``."""
    return _json([_shown_instance(item) for item in _simulation(request).instances])


async def change_instance(request: Request) -> Response:
    """Take an instance up or down: ``PATCH /_simulate/instances/{name}``."""
    simulation = _simulation(request)
    instance = _named_instance(simulation, request.path_params["name"])
    changes = await _object(request)
    problems = [
        Problem(name, "is not known or has the wrong type")
        for name, value in changes.items()
        if name not in _CHANGEABLE or not isinstance(value, _CHANGEABLE[name])
    ]
    webhook = changes.get("webhook")
    if isinstance(webhook, str) and not is_address(webhook):
        problems.append(Problem("webhook", "must be an http address or null"))
    if problems:
        raise InvalidError(problems)
    return _json(_shown_instance(simulation.change(instance, **changes)))


async def list_messages(request: Request) -> Response:
    """Show what the phone shows: ``GET /_simulate/messages``."""
    return _json([_shown_message(one) for one in _simulation(request).phone.shown()])


async def list_requests(request: Request) -> Response:
    """List the last requests, oldest first, without keys: ``GET …/requests``."""
    return _json([_shown_request(seen) for seen in _simulation(request).requests])


async def emit(request: Request) -> Response:
    """Deliver events to an address: ``POST /_simulate/emit``.

    Answers 202 at once; with ``wait`` true, 200 when all deliveries have ended.
    """
    simulation, body = _simulation(request), await _object(request)
    emission = read_emission(_without(body, _EMISSION_ONLY))
    url = body.get("url")
    if not isinstance(url, str) or not is_address(url):
        raise InvalidError([Problem("url", "must be an http address")])
    instance = simulation.instances.first()
    if body.get("instance") is not None:
        instance = _named_instance(simulation, str(body["instance"]))
    emitted = simulation.bodies(emission, instance)
    ids = [event.id for event in emitted]
    if body.get("wait") is True:
        ended = await simulation.deliver(url, emitted, repeat=emission.repeat)
        return _json({"ids": ids, "deliveries": [asdict(item) for item in ended]})
    simulation.deliver_later(url, emitted, repeat=emission.repeat)
    return _json({"ids": ids}, 202)


async def reset(request: Request) -> Response:
    """Put everything back to the start: ``POST /_simulate/reset``."""
    await _simulation(request).reset()
    return _json({"status": "ok"})


def _simulation(request: Request) -> Simulation:
    simulation: Simulation = request.app.state.simulation
    return simulation


def _named_instance(simulation: Simulation, name: str) -> Instance:
    instance = simulation.instances.find(name)
    if instance is None:
        raise NotFoundError(f"there is no instance {name}")
    return instance


def _shown_instance(instance: Instance) -> dict[str, Any]:
    return {
        "name": instance.name,
        "id": instance.id,
        "online": instance.online,
        "logged_in": instance.logged_in,
        "has_webhook": instance.webhook is not None,
    }


def _shown_message(message: ShownMessage) -> dict[str, Any]:
    shown = asdict(message) | {
        "text": message.text,
        "edited": message.edited,
        "received": message.received,
    }
    del shown["edited_text"]
    return shown


def _shown_request(seen: SeenRequest) -> dict[str, Any]:
    try:
        body = wire.decode(seen.asked.body) if seen.asked.body else None
    except NotJsonError:
        body = seen.asked.body.decode(errors="replace")
    return {
        "method": seen.asked.method,
        "path": seen.asked.path,
        "instance": seen.instance,
        "body": body,
        "status": seen.status,
    }


async def _object(request: Request) -> dict[str, Any]:
    body = wire.decode(await request.body())
    if not isinstance(body, dict):
        raise InvalidError([Problem("body", "must be an object")])
    return body


def _without(body: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


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
