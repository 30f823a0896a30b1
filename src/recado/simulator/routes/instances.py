"""The routes for admins: make instances, find them, take them away."""

from datetime import UTC
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from recado import wire
from recado.simulator.answer import DONE, Answer, success
from recado.simulator.bind import Values
from recado.simulator.body import Body
from recado.simulator.fields import Fields, flag, inside, text
from recado.simulator.instances import AdvancedSettings, Instance, Proxy
from recado.simulator.message_head import to_nanosecond
from recado.simulator.pairing_events import PICTURE, raw_code
from recado.simulator.route import Auth, Call, Route, Session
from recado.simulator.simulation import Simulation

SETTINGS = (
    flag("alwaysOnline"),
    flag("rejectCall"),
    text("msgRejectCall"),
    flag("readMessages"),
    flag("ignoreGroups"),
    flag("ignoreStatus"),
)


def create_instance(call: Call) -> Answer:
    """``POST /instance/create``: a row, no session yet."""
    simulation, name = call.simulation, call.text("name")
    if simulation.instances.find(name) is not None:
        return call.fails("instance_exists")
    wanted = call.text("instanceId")
    if wanted and not is_uuid(wanted):
        return call.fails_with(_not_uuid(wanted))
    if _is_taken(call, wanted):
        return call.fails("duplicate_key")
    proxy = call.values.get("proxy")
    instance = Instance(
        name=name,
        token=call.text("token"),
        online=False,
        logged_in=False,
        number=_number_for(name),
        given_id=wanted.lower(),
        subscribed=(),
        settings=read_settings(call.values.get("advancedSettings", {})),
        proxy=Proxy(**proxy) if proxy else None,
        created=simulation.outside.clock.now(),
    )
    simulation.instances.add(instance)
    simulation.note(instance, "Instance created")
    stored = wire.encode(proxy).decode() if proxy else ""
    return success(shown_instance(simulation, instance) | {"proxy": stored})


def list_instances(call: Call) -> Answer:
    """``GET /instance/all``: with the tokens, as the gateway does it."""
    return success(
        [shown_instance(call.simulation, one) for one in call.simulation.instances]
    )


def instance_info(call: Call) -> Answer:
    """``GET /instance/info/:instanceId``."""
    found = find_instance(call)
    if isinstance(found, Answer):
        return found
    return success(shown_instance(call.simulation, found))


def delete_instance(call: Call) -> Answer:
    """``DELETE /instance/delete/:instanceId``: logs it out first."""
    found = find_instance(call)
    if isinstance(found, Answer):
        return found
    if found.online and found.logged_in:
        found = call.simulation.change(found, online=False, logged_in=False)
    call.simulation.delete(found)
    return DONE


def find_instance(call: Call) -> Instance | Answer:
    """Return the instance that the path names, or the refusal."""
    wanted = call.params["instanceId"]
    if not is_uuid(wanted):
        return call.fails_with(_not_uuid(wanted))
    found = call.simulation.instances.find_by_id(wanted)
    return found if found is not None else call.fails("record_not_found")


def is_uuid(text_: str) -> bool:
    """Return whether the text is a UUID."""
    try:
        return bool(UUID(text_))
    except ValueError:
        return False


def read_settings(values: Values) -> AdvancedSettings:
    """Return the settings of a body; those left out are stored as nothing."""
    return AdvancedSettings(
        always_online=values.get("alwaysOnline", False),
        reject_call=values.get("rejectCall", False),
        msg_reject_call=values.get("msgRejectCall", ""),
        read_messages=values.get("readMessages", False),
        ignore_groups=values.get("ignoreGroups", False),
        ignore_status=values.get("ignoreStatus", False),
    )


def shown_settings(settings: AdvancedSettings) -> dict[str, Any]:
    """Return the settings as the routes show them."""
    return {
        "alwaysOnline": settings.always_online,
        "rejectCall": settings.reject_call,
        "msgRejectCall": settings.msg_reject_call,
        "readMessages": settings.read_messages,
        "ignoreGroups": settings.ignore_groups,
        "ignoreStatus": settings.ignore_status,
    }


def shown_instance(simulation: Simulation, instance: Instance) -> dict[str, Any]:
    """Return an instance as the routes for admins show it."""
    waits = instance.online and not instance.logged_in
    created = instance.created or simulation.started
    return {
        "id": instance.id,
        "name": instance.name,
        "token": instance.token,
        "webhook": instance.webhook or "",
        "rabbitmqEnable": instance.queues.rabbitmq,
        "websocketEnable": instance.queues.websocket,
        "natsEnable": instance.queues.nats,
        "jid": instance.device_jid if instance.logged_in else "",
        "qrcode": f"{PICTURE}|{raw_code(instance)}" if waits else "",
        "connected": instance.online and instance.logged_in,
        "expiration": 0,
        "disconnect_reason": "",
        "events": ",".join(instance.subscribed),
        "os_name": "Linux",
        "proxy": "",
        "client_name": "evolution",
        "createdAt": to_nanosecond(created.astimezone(UTC)),
        **shown_settings(instance.settings),
    }


def _is_taken(call: Call, wanted: str) -> bool:
    instances, token = call.simulation.instances, call.text("token")
    return (
        instances.find_by_token(token) is not None
        or token == call.simulation.behaviour.admin_key
        or bool(wanted and instances.find_by_id(wanted))
    )


def _number_for(name: str) -> str:
    return f"5511980{uuid5(NAMESPACE_URL, name).int % 10**6:06}"


def _not_uuid(wanted: str) -> str:
    return f"invalid UUID format: invalid UUID length: {len(wanted)}"


_PROXY = inside(
    "proxy",
    "ProxyConfig",
    text("host", "proxy host is required"),
    text("port", "proxy port is required"),
    text("username", "proxy username is required"),
    text("password", "proxy password is required"),
)
_CREATION = Body(
    struct="CreateStruct",
    fields=Fields(
        text("name", "name is required"),
        text("token", "token is required"),
        text("instanceId"),
        _PROXY,
        inside("advancedSettings", "AdvancedSettings", *SETTINGS),
    ),
)

ROUTES = tuple(
    Route(method, path, answer, body, auth=Auth.ADMIN, session=Session.NONE)
    for method, path, answer, body in (
        ("POST", "/instance/create", create_instance, _CREATION),
        ("GET", "/instance/all", list_instances, None),
        ("GET", "/instance/info/:instanceId", instance_info, None),
        ("DELETE", "/instance/delete/:instanceId", delete_instance, None),
    )
)
