"""Proxy, log, forced reconnect and advanced settings of an instance."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from recado.simulator.answer import DONE, Answer, bare, failure, success
from recado.simulator.body import Body
from recado.simulator.fields import Fields, text
from recado.simulator.instances import Instance, Proxy
from recado.simulator.message_head import to_nanosecond
from recado.simulator.route import Auth, Call, Route, Session
from recado.simulator.routes.instances import (
    SETTINGS,
    find_instance,
    is_uuid,
    read_settings,
    shown_settings,
)
from recado.simulator.state.account import LogLine

_LEVELS = ("INFO", "ERROR", "WARN", "DEBUG")
_MOST_LINES = 100
_INT = range(-(2**63), 2**63)


def set_proxy(call: Call) -> Answer:
    """``POST /instance/proxy/:instanceId``: the session starts again."""
    found = find_instance(call)
    if isinstance(found, Answer):
        return found
    proxy = Proxy(
        host=call.text("host"),
        port=call.text("port"),
        username=call.text("username"),
        password=call.text("password"),
    )
    _restart(call, found, proxy=proxy)
    has_auth = bool(proxy.username and proxy.password)
    return success({"hasAuth": has_auth, "host": proxy.host, "port": proxy.port})


def delete_proxy(call: Call) -> Answer:
    """``DELETE /instance/proxy/:instanceId``: the session starts again."""
    found = find_instance(call)
    if isinstance(found, Answer):
        return found
    _restart(call, found, proxy=None)
    return DONE


def force_reconnect(call: Call) -> Answer:
    """``POST /instance/forcereconnect/:instanceId``: for a session that is down."""
    found = find_instance(call)
    if isinstance(found, Answer):
        return found
    if found.online:
        return call.fails("already_connected")
    if not found.logged_in:
        return call.fails_with("failed to login")
    call.simulation.change(found, online=True)
    return DONE


def instance_logs(call: Call) -> Answer:
    """``GET /instance/logs/:instanceId``: in no envelope; nobody knows, no lines."""
    asked = {name: value[0] for name, value in parse_qs(call.asked.query).items()}
    most = asked.get("limit") or str(_MOST_LINES)
    problem = _limit_problem(most)
    if problem is not None:
        return failure(400, problem)
    levels = [each.upper() for each in asked.get("level", "").split(",") if each]
    for level in levels:
        if level not in _LEVELS:
            return call.fails_with(f"nível de log inválido: {level}")
    today = call.simulation.outside.clock.now()
    since = _day(asked.get("start_date"), today - timedelta(days=7))
    until = _day(asked.get("end_date"), today)
    if since.date() > until.date():
        return call.fails_with("data inicial não pode ser posterior à data final")
    found = call.simulation.instances.find_by_id(call.params["instanceId"])
    lines = call.simulation.account(found).log if found else []
    wanted = [
        _shown_line(line, call.params["instanceId"])
        for line in lines
        if since.date() <= line.at.date() <= until.date()
        and (not levels or line.level in levels)
    ]
    return bare(wanted[: max(0, int(most))])


def get_settings(call: Call) -> Answer:
    """``GET /instance/:instanceId/advanced-settings``: of any instance."""
    found = find_instance(call)
    if isinstance(found, Answer):
        return found
    return bare(shown_settings(found.settings))


def set_settings(call: Call) -> Answer:
    """``PUT /instance/:instanceId/advanced-settings``: an unknown id is no error."""
    wanted = call.params["instanceId"]
    if not is_uuid(wanted):
        refused = find_instance(call)
        if isinstance(refused, Answer):
            return refused
    settings = read_settings(call.values)
    found = call.simulation.instances.find_by_id(wanted)
    if found is not None:
        call.simulation.change(found, settings=settings)
    return bare(
        {
            "message": "Advanced settings updated successfully",
            "settings": shown_settings(settings),
        }
    )


def _restart(call: Call, instance: Instance, *, proxy: Proxy | None) -> None:
    changed = call.simulation.change(instance, proxy=proxy)
    if instance.online:
        down = call.simulation.change(changed, online=False)
        call.simulation.change(down, online=True)


def _limit_problem(most: str) -> str | None:
    try:
        fits = int(most) in _INT
    except ValueError:
        return f'strconv.ParseInt: parsing "{most}": invalid syntax'
    return None if fits else f'strconv.ParseInt: parsing "{most}": value out of range'


def _day(written: str | None, usual: datetime) -> datetime:
    try:
        day = datetime.strptime(written or "", "%Y-%m-%d")  # noqa: DTZ007 -- set below
    except ValueError:
        return usual
    return day.replace(tzinfo=usual.tzinfo)


def _shown_line(line: LogLine, instance_id: str) -> dict[str, Any]:
    return {
        "timestamp": to_nanosecond(line.at),
        "level": line.level,
        "instance_id": instance_id,
        "message": line.message,
    }


_PROXY = Body(
    struct="SetProxyStruct",
    fields=Fields(
        text("host", "host is required"),
        text("port", "port is required"),
        text("username"),
        text("password"),
    ),
)
_RECONNECT = Body(
    struct="ForceReconnectStruct",
    fields=Fields(
        text("number", "number is required"),
    ),
)
_SETTINGS = Body(struct="AdvancedSettings", fields=Fields(*SETTINGS))
_SETTINGS_PATH = "/instance/:instanceId/advanced-settings"

ROUTES = (
    *(
        Route(method, path, answer, body, auth=Auth.ADMIN, session=Session.NONE)
        for method, path, answer, body in (
            ("POST", "/instance/proxy/:instanceId", set_proxy, _PROXY),
            ("DELETE", "/instance/proxy/:instanceId", delete_proxy, None),
            (
                "POST",
                "/instance/forcereconnect/:instanceId",
                force_reconnect,
                _RECONNECT,
            ),
            ("GET", "/instance/logs/:instanceId", instance_logs, None),
        )
    ),
    Route("GET", _SETTINGS_PATH, get_settings, session=Session.NONE),
    Route("PUT", _SETTINGS_PATH, set_settings, _SETTINGS, session=Session.NONE),
)
