"""The session of an instance: connect, pair, look, drop, log out."""

from typing import Any

from recado.simulator import envelopes
from recado.simulator.answer import DONE, Answer, success
from recado.simulator.body import Body
from recado.simulator.fields import Fields, flag, text, texts
from recado.simulator.instances import Instance, Queues
from recado.simulator.number_checks import number_always
from recado.simulator.pairing_events import (
    PICTURE,
    logged_out_by_clean_up,
    qr_code,
    raw_code,
)
from recado.simulator.route import Call, Route, Session
from recado.simulator.simulation import Simulation
from recado.simulator.subscriptions import subscribed


def connect(call: Call) -> Answer:
    """``POST /instance/connect``: overwrites every setting; starts what is not there.

    A session that is down stays down, as it does there.
    """
    changed = call.simulation.change(
        call.instance,
        webhook=call.text("webhookUrl") or None,
        subscribed=subscribed(call.values.get("subscribe", ())),
        queues=Queues(
            rabbitmq=call.text("rabbitmqEnable"),
            nats=call.text("natsEnable"),
            websocket=call.text("websocketEnable"),
        ),
    )
    started = _started(call.simulation, changed)
    return success(
        {
            "eventString": ",".join(started.subscribed),
            "jid": started.device_jid if started.logged_in else "",
            "webhookUrl": started.webhook or "",
        }
    )


def instance_status(call: Call) -> Answer:
    """``GET /instance/status``: an instance that is down is an error."""
    instance = call.instance
    name = instance.push_name if instance.logged_in else ""
    return success({"Connected": True, "LoggedIn": instance.logged_in, "Name": name})


def qr(call: Call) -> Answer:
    """``GET /instance/qr``: starts a session that is not there."""
    if call.instance.logged_in:
        return call.fails(
            "already_logged_in" if call.instance.online else "qr_not_ready"
        )
    waiting = _started(call.simulation, call.instance)
    return success({"Code": raw_code(waiting), "Qrcode": PICTURE})


def pair(call: Call) -> Answer:
    """``POST /instance/pair``: each failure is an empty code, as it is there."""
    digits = "".join(filter(str.isdigit, call.text("phone")))
    instance = call.instance
    if not digits or not instance.online or instance.logged_in:
        return success({"PairingCode": ""})
    call.account.pairing_number = digits
    code = call.simulation.outside.token(4).upper()
    return success({"PairingCode": f"{code[:4]}-{code[4:]}"})


def disconnect(call: Call) -> Answer:
    """``POST /instance/disconnect``: a restart that forgets the subscriptions."""
    if call.instance.logged_in:
        call.simulation.tell(call.instance, logged_out_by_clean_up(call.instance))
        call.simulation.change(call.instance, subscribed=())
        call.simulation.note(call.instance, "Session restarted")
    return DONE


def reconnect(call: Call) -> Answer:
    """``POST /instance/reconnect``: only one that is up can be restarted."""
    if call.instance.logged_in:
        call.simulation.tell(call.instance, envelopes.connected(call.instance))
    return DONE


def logout(call: Call) -> Answer:
    """``DELETE /instance/logout``: the phone has to be paired again."""
    if not call.instance.logged_in:
        return call.fails("logout_ignored")
    call.simulation.change(call.instance, online=False, logged_in=False)
    return DONE


def _started(simulation: Simulation, instance: Instance) -> Instance:
    """Start the session of an instance that has none; it shows a code to scan."""
    if instance.online or instance.logged_in:
        return instance
    started = simulation.change(instance, online=True, qr_count=instance.qr_count + 1)
    simulation.tell(started, qr_code(started))
    return started


_CONNECTION: tuple[Any, ...] = (
    text("webhookUrl"),
    texts("subscribe"),
    flag("immediate"),
    text("phone"),
    text("rabbitmqEnable"),
    text("websocketEnable"),
    text("natsEnable"),
)
_PAIRING = Body(
    struct="PairStruct",
    fields=Fields(text("phone", "phone is required"), texts("subscribe")),
    check=number_always,
)

ROUTES = (
    Route(
        "POST",
        "/instance/connect",
        connect,
        Body(struct="ConnectStruct", fields=Fields(*_CONNECTION)),
        session=Session.NONE,
    ),
    Route("GET", "/instance/status", instance_status, session=Session.ONLINE),
    Route("GET", "/instance/qr", qr, session=Session.NONE),
    Route("POST", "/instance/pair", pair, _PAIRING, session=Session.NONE),
    Route("POST", "/instance/disconnect", disconnect, session=Session.ONLINE),
    Route("POST", "/instance/reconnect", reconnect, session=Session.ONLINE),
    Route("DELETE", "/instance/logout", logout, session=Session.ONLINE),
)
