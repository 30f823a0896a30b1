"""What the gateway answers: licence, path, key, body and session come in this order."""

from collections.abc import Mapping

from recado.simulator.answer import NOT_FOUND, Answer, Asked
from recado.simulator.body import read_body
from recado.simulator.error_texts import answer_with_error, licence_refusal
from recado.simulator.instances import Instance
from recado.simulator.route import Auth, Call, Route, Session
from recado.simulator.routing import find_route, is_served
from recado.simulator.simulation import Simulation

_OPTIONS = Answer(status=200)


async def answer_request(simulation: Simulation, asked: Asked) -> Answer:
    """Return what the gateway answers, after it has done what it was asked for."""
    if asked.method == "OPTIONS":
        return _OPTIONS
    found = find_route(asked.method, asked.path)
    if not simulation.licensed and (found is None or found[0].auth is not Auth.NONE):
        return licence_refusal()
    if found is None:
        return _elsewhere(asked)
    route, params = found
    caller = simulation.instances.find_by_token(asked.apikey)
    if not _may(asked, route.auth, caller, admin_key=simulation.behaviour.admin_key):
        return answer_with_error("not_authorized", asked.route)
    return await _checked(simulation, asked, route=route, caller=caller, params=params)


async def _checked(
    simulation: Simulation,
    asked: Asked,
    *,
    route: Route,
    caller: Instance | None,
    params: Mapping[str, str],
) -> Answer:
    values = {}
    if route.body is not None and not (route.forms and asked.says_form):
        read = read_body(asked, route.body)
        if isinstance(read, Answer):
            return read
        values = read
    trouble = _trouble(caller, route)
    if trouble is not None:
        if route.retries and trouble in _RETRIED:
            await simulation.pause(simulation.behaviour.offline_latency)
        return answer_with_error(trouble, asked.route)
    call = Call(
        simulation=simulation, asked=asked, caller=caller, values=values, params=params
    )
    answer = route.answer(call)
    return answer if isinstance(answer, Answer) else await answer


_RETRIED = ("client_disconnected", "no_active_session")


def _may(asked: Asked, auth: Auth, caller: Instance | None, *, admin_key: str) -> bool:
    if auth is Auth.INSTANCE:
        return caller is not None
    return auth is Auth.NONE or asked.apikey == admin_key


def _trouble(instance: Instance | None, route: Route) -> str | None:
    """Return the error of a session that is not what the route needs."""
    if instance is None or route.session is Session.NONE:
        return None
    if not instance.online:
        return "client_disconnected" if instance.logged_in else "no_active_session"
    if route.session is Session.PAIRED and not instance.logged_in:
        return route.unpaired
    return None


def _elsewhere(asked: Asked) -> Answer:
    """Return the way to a path without its slash at the end, or that there is none."""
    shorter = asked.path.rstrip("/")
    if shorter != asked.path and is_served(asked.method, shorter):
        status = 301 if asked.method == "GET" else 307
        return Answer(status=status, headers=(("location", shorter),))
    return NOT_FOUND
