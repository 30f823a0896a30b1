"""What the doctor makes of facts."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recado.brokers.look import BrokerLook
from recado.cli.doctor.ask_gateway import skew_of
from recado.cli.doctor.command import judge
from recado.cli.doctor.facts import (
    DiskFacts,
    Facts,
    GatewayFacts,
    ServerFacts,
    Tried,
)
from recado.cli.doctor.finding import Level
from recado.cli.doctor.look_at_disk import filesystem_of
from recado.evolution.replies.instances import Instance
from recado.evolution.replies.server import Licence
from tests.helpers.builders import NOON

GIB = 1024**3
HOOK = "http://recado:8484/hooks/abc"
STATS = {"total_executions": 5, "idempotent_replays": 0, "rejected": 0, "dlq_size": 0}


def an_instance(**changes: Any) -> Instance:
    told = {
        "id": "7f3c",
        "name": "sales",
        "token": "token-of-sales",
        "webhook": HOOK,
        "events": "MESSAGE,CONNECTION",
        "rabbitmqEnable": "",
    }
    return Instance.read(told | changes)


def a_trigger(**changes: Any) -> dict[str, Any]:
    trigger = {
        "enabled": True,
        "hook_url": HOOK,
        "webhook_url": "http://recado:8484/api/triggers/webhook/1",
        "settings": {"instance_token": True},
    }
    return trigger | changes


DISK = DiskFacts(
    folder=Path("/data"),
    mode=0o700,
    key_mode=0o600,
    writable=True,
    free=50 * GIB,
    filesystem="ext4",
)
SERVER = ServerFacts(url="http://recado:8484", stats=STATS, triggers=(a_trigger(),))
GATEWAY = GatewayFacts(
    url="http://gateway:8080",
    has_key=True,
    has_admin_key=True,
    is_gateway=True,
    skew=0.2,
    licence=Licence(status="active", register_url="", message="", raw={}),
    instances=(an_instance(),),
    own="sales",
)
WELL = Facts(disk=DISK, server=SERVER, gateway=GATEWAY)
AMQP = BrokerLook(broker="amqp", found=("message",), waiting=3)
NATS = BrokerLook(broker="nats")


def found(facts: Facts) -> dict[str, Level]:
    """The codes of what is not as it should be; each says what to do."""
    bad = [one for one in judge(facts) if one.level is not Level.OK]
    assert all(one.text and one.advice for one in bad)
    return {one.code: one.level for one in bad}


def gateway(**changes: Any) -> Facts:
    return replace(WELL, gateway=replace(GATEWAY, **changes))


def server(**changes: Any) -> Facts:
    return replace(WELL, server=replace(SERVER, **changes))


def disk(**changes: Any) -> Facts:
    return replace(WELL, disk=replace(DISK, **changes))


def wired(*, read: tuple[BrokerLook, ...] = (), **changes: Any) -> Facts:
    return replace(gateway(instances=(an_instance(**changes),)), brokers=read)


def test_nothing_is_said_against_what_is_well() -> None:
    assert found(WELL) == {}
    assert found(replace(WELL, brokers=(AMQP, NATS))) == {}


PROBLEMS = {
    "folder_not_writable": disk(writable=False),
    "network_disk": disk(filesystem="nfs4"),
    "space_short": disk(free=100 * 1024**2),
    "server_not_ready": server(problem="no server answers"),
    "gateway_unreachable": gateway(unreachable="connection refused"),
    "gateway_wrong_url": gateway(is_gateway=False),
    "clock_skew": gateway(skew=-600.0),
    "licence": gateway(instances=Tried(status=503, text="no licence")),
    "admin_key_wrong": gateway(instances=Tried(status=401, text="not authorized")),
    "gateway_fails": gateway(instances=Tried(status=500, text="database")),
    "key_wrong": gateway(own="", key_failure=Tried(status=401, text="no")),
    "key_is_global": gateway(
        own="", key_is_admin=True, key_failure=Tried(status=401, text="no")
    ),
    "no_instance_webhook": wired(webhook=""),
    "both_webhooks": replace(WELL, gateway_settings={"WEBHOOK_URL": HOOK}),
    "switch_says_true": wired(rabbitmqEnable="true"),
    "webhook_of_no_trigger": wired(webhook="http://recado:8484/hooks/other"),
    "broker_unread": wired(webhook="", rabbitmqEnable="enabled"),
    "broker_unreachable": replace(
        WELL, brokers=(BrokerLook(broker="amqp", problem="refused"),)
    ),
    "queues_missing": replace(
        WELL, brokers=(BrokerLook(broker="amqp", missing=("message",)),)
    ),
    "stream_missing": replace(
        WELL, brokers=(BrokerLook(broker="nats", missing=("EVENTS",)),)
    ),
    "no_instance_token": replace(
        server(triggers=(a_trigger(settings={}),)), brokers=(AMQP,)
    ),
}


@pytest.mark.parametrize("code", PROBLEMS)
def test_it_finds_what_keeps_events_from_arriving(code: str) -> None:
    assert found(PROBLEMS[code]) == {code: Level.PROBLEM}


WARNINGS = {
    "folder_open": disk(mode=0o755),
    "space_short": disk(free=GIB // 2),
    "no_trigger": wired(webhook="http://forwarder/in"),
    "events_twice": server(stats=STATS | {"idempotent_replays": 30}),
    "rejections": server(stats=STATS | {"rejected": 1}),
    "dead_letters": server(stats=STATS | {"dlq_size": 1}),
    "clock_skew": gateway(skew=30.0),
    "broker_before_webhook": wired(rabbitmqEnable="enabled", read=(AMQP,)),
    "webhook_elsewhere": wired(webhook="http://user:pass@forwarder:5678/webhook/x"),
    "no_messages": wired(events="CONNECTION"),
    "nobody_publishes": replace(WELL, brokers=(AMQP,), gateway_settings={}),
}
WARNINGS["no_trigger"] = replace(
    WARNINGS["no_trigger"], server=replace(SERVER, triggers=())
)


@pytest.mark.parametrize("code", WARNINGS)
def test_it_warns_of_what_may_be_meant_so(code: str) -> None:
    levels = found(WARNINGS[code])

    assert levels[code] is Level.WARNING
    assert Level.PROBLEM not in levels.values()


def test_it_says_what_it_could_not_look_at() -> None:
    facts = replace(WELL, disk=replace(DISK, mode=None), gateway=GatewayFacts())

    assert found(facts) == {"folder_missing": Level.NOTE, "gateway_not_set": Level.NOTE}
    without = gateway(has_admin_key=False, instances=Tried(status=401, text="no"))
    assert found(without) == {"admin_key_not_set": Level.NOTE}


def test_another_instance_without_a_webhook_is_only_a_warning() -> None:
    other = an_instance(name="support", token="other", webhook="disabled")

    assert found(gateway(instances=(an_instance(), other))) == {
        "no_instance_webhook": Level.WARNING
    }


def test_global_events_of_the_gateway_count_as_a_way() -> None:
    facts = replace(
        wired(webhook="", read=(AMQP,)),
        gateway_settings={"AMQP_GLOBAL_ENABLED": "true"},
    )

    assert found(facts) == {}


def test_a_password_in_a_webhook_s_address_is_not_shown() -> None:
    texts = [one.text for one in judge(WARNINGS["webhook_elsewhere"])]

    assert any("forwarder:5678" in text for text in texts)
    assert "pass" not in "".join(texts)


def test_the_longest_mount_above_a_path_says_its_filesystem() -> None:
    mounts = "/dev/sda / ext4 rw 0 0\nhost:/x /mnt/my\\040nas nfs4 rw 0 0\nbroken\n"

    assert filesystem_of(Path("/srv/data"), mounts) == "ext4"
    assert filesystem_of(Path("/mnt/my nas/data"), mounts) == "nfs4"
    assert filesystem_of(Path("/mnt/my"), mounts) == "ext4"
    assert filesystem_of(Path("/x"), "") == ""


def test_a_date_header_tells_how_far_a_clock_is_ahead() -> None:
    assert skew_of("Wed, 25 Mar 2026 12:00:30 GMT", NOON) == 30.0
    assert skew_of("", NOON) is None
    assert skew_of("yesterday", NOON) is None
