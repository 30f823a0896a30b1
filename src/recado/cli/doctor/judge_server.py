"""Findings about the running Recado and its brokers. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from recado.brokers.look import BrokerLook
from recado.cli.doctor.facts import Facts, ServerFacts
from recado.cli.doctor.finding import Finding, ok, problem, warning

MANY = 20
TWICE = 0.4
"""Of this share of duplicates on, every event seems to come twice."""


def judge_server(facts: ServerFacts) -> list[Finding]:
    """Return what is to be said about the server."""
    if facts.problem:
        return [
            problem(
                "server",
                "server_not_ready",
                f"Recado cannot be asked: {facts.problem}",
                advice="start it with `recado serve`; its log says what keeps it from "
                "being ready",
            )
        ]
    return [
        ok("server", "server", f"Recado is ready at {facts.url}"),
        *_triggers(facts.triggers),
        *_counts(facts.stats),
    ]


def _triggers(triggers: Iterable[Mapping[str, Any]]) -> list[Finding]:
    if any(one["enabled"] for one in triggers):
        return []
    return [
        warning(
            "server",
            "no_trigger",
            "no enabled trigger takes events of Evolution Go, so nothing runs",
            advice="make one: recado trigger create --help, or the dashboard",
        )
    ]


def _counts(stats: Mapping[str, Any]) -> list[Finding]:
    found = []
    stored, again = stats["total_executions"], stats["idempotent_replays"]
    if again >= MANY and again >= TWICE * (stored + again):
        found.append(
            warning(
                "wiring",
                "events_twice",
                f"{again} of {stored + again} deliveries of the last day were "
                "duplicates: each event seems to come twice. It runs once all the same",
                advice="look for a WEBHOOK_URL in the gateway's environment beside the "
                "instance's own webhook, or for a broker beside a webhook; one of "
                "them is enough",
            )
        )
    if stats["rejected"]:
        found.append(
            warning(
                "server",
                "rejections",
                f"{stats['rejected']} deliveries of the last day were rejected",
                advice="recado trigger rejections ID says why; after the repair, "
                "recado quarantine retry ID accepts what was kept",
            )
        )
    if stats["dlq_size"]:
        found.append(
            warning(
                "server",
                "dead_letters",
                f"{stats['dlq_size']} dead letters wait for somebody",
                advice="recado dlq groups shows them by cause",
            )
        )
    return found


def judge_brokers(facts: Facts) -> list[Finding]:
    """Return what is to be said about the brokers that are set."""
    found = [one for look in facts.brokers for one in _broker(look)]
    if facts.brokers and not facts.server.problem:
        found += _addressees(facts.server)
    return found


def _broker(look: BrokerLook) -> list[Finding]:
    setting = f"RECADO_{look.broker.upper()}_URL"
    if look.problem:
        return [
            problem(
                look.broker,
                "broker_unreachable",
                f"the broker of {setting} cannot be used: {look.problem}",
                advice="look whether it runs, whether this machine may reach its port, "
                "and whether name and password in the address are right",
            )
        ]
    if look.broker == "nats" and look.missing:
        return [
            problem(
                "nats",
                "stream_missing",
                f"there is no stream {look.missing[0]}",
                advice="make it over the gateway's subjects (docs/howto/brokers.md), "
                "or leave RECADO_NATS_STREAM out",
            )
        ]
    if look.broker == "amqp" and not look.found:
        return [
            problem(
                "amqp",
                "queues_missing",
                "none of the queues to consume is there",
                advice="the gateway makes them when it publishes: set "
                "AMQP_GLOBAL_ENABLED and its events there, or connect the instance "
                "with rabbitmqEnable `enabled` and name it in RECADO_AMQP_QUEUES as "
                "INSTANCE_ID.*",
            )
        ]
    return [ok(look.broker, "broker", _found(look))]


def _found(look: BrokerLook) -> str:
    if look.broker == "nats":
        where = f"the stream {look.found[0]}" if look.found else "core NATS"
        return f"NATS answers; {where} is read"
    return (
        f"RabbitMQ answers; {len(look.found)} queues are there, with {look.waiting:,} "
        "messages waiting"
    )


def _addressees(server: ServerFacts) -> list[Finding]:
    if any(_takes_from_brokers(one) for one in server.triggers):
        return []
    return [
        problem(
            "wiring",
            "no_instance_token",
            "no enabled trigger has an instance_token, so a broker's events are for "
            "nobody: they come to no trigger's URL",
            advice="set settings.instance_token of a trigger to its instance's token",
        )
    ]


def _takes_from_brokers(trigger: Mapping[str, Any]) -> bool:
    return bool(trigger["enabled"] and trigger["settings"].get("instance_token"))
