"""Findings about how events are led from Evolution Go to Recado. Pure.

The gateway has three traps, which it does not tell of: it calls its own WEBHOOK_URL
only for instances that have a webhook, and then both; an instance without a webhook
posts nothing; and it serves brokers before webhooks, so that a broken broker silences
the webhook.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from recado.cli.doctor.facts import Facts, ServerFacts, Tried
from recado.cli.doctor.finding import Finding, ok, problem, warning
from recado.evolution.replies.instances import Instance

NO_WEBHOOK = frozenset({"", "disabled"})
_DELIVERIES = ("/hooks/", "/api/triggers/webhook/")
_CONNECT = (
    "evolution-go-client connect --webhook HOOK_URL --subscribe MESSAGE,CONNECTION"
)


def judge_wiring(facts: Facts) -> list[Finding]:
    """Return what is to be said about webhooks and brokers of each instance."""
    instances = facts.gateway.instances
    if isinstance(instances, Tried):
        return []
    found = [one for each in instances for one in _instance(each, facts)]
    return found + _unpublished(instances, facts)


def _instance(instance: Instance, facts: Facts) -> list[Finding]:
    found = [*_switches(instance), *_both_webhooks(instance, facts)]
    has_webhook = instance.webhook not in NO_WEBHOOK
    publishes = instance.rabbitmq or instance.nats or _publishes_all(facts)
    if has_webhook:
        found += _target(instance, facts.server)
    elif not publishes:
        found.append(_no_webhook(instance, facts))
    elif not facts.brokers:
        found.append(_unread(instance))
    if has_webhook and (instance.rabbitmq or instance.nats):
        found.append(_broker_before_webhook(instance))
    if instance.events and "MESSAGE" not in instance.events:
        found.append(_no_messages(instance))
    return found


def _no_webhook(instance: Instance, facts: Facts) -> Finding:
    only = facts.gateway.own in {"", instance.name}
    make = problem if only else warning
    return make(
        "wiring",
        "no_instance_webhook",
        f"instance {instance.name} has no webhook, so its events go nowhere; not even "
        "a WEBHOOK_URL of the gateway is called for it",
        advice=f"lead it to a trigger: {_CONNECT}",
    )


def _both_webhooks(instance: Instance, facts: Facts) -> list[Finding]:
    everywhere = (facts.gateway_settings or {}).get("WEBHOOK_URL", "")
    if not everywhere or instance.webhook in NO_WEBHOOK:
        return []
    return [
        problem(
            "wiring",
            "both_webhooks",
            f"instance {instance.name} has a webhook and the gateway has a WEBHOOK_URL "
            "too: each event is posted to both, also when they are equal",
            advice="take WEBHOOK_URL out of the gateway's environment and start it "
            "again; the instance's own webhook is enough",
        )
    ]


def _broker_before_webhook(instance: Instance) -> Finding:
    broker = "RabbitMQ" if instance.rabbitmq else "NATS"
    return warning(
        "wiring",
        "broker_before_webhook",
        f"instance {instance.name} publishes to {broker} before it posts its webhook: "
        "while the broker is broken, the webhook stays silent too",
        advice="one of them is enough, since Recado reads both: evolution-go-client "
        "connect --webhook '' leaves the broker, --rabbitmq '' --nats '' the webhook",
    )


def _switches(instance: Instance) -> Iterable[Finding]:
    for name in ("rabbitmqEnable", "natsEnable"):
        if instance.raw.get(name) == "true":
            yield problem(
                "wiring",
                "switch_says_true",
                f"instance {instance.name} has {name} `true`, which publishes nothing",
                advice="evolution-go-client connect "
                f"--{name.removesuffix('Enable')} enabled",
            )


def _target(instance: Instance, server: ServerFacts) -> list[Finding]:
    path = urlsplit(instance.webhook).path
    host = urlsplit(instance.webhook).netloc.rpartition("@")[2]
    if not path.startswith(_DELIVERIES):
        return [
            warning(
                "wiring",
                "webhook_elsewhere",
                f"the webhook of instance {instance.name} leads to {host}, to no "
                "delivery URL of a Recado",
                advice="if that is a forwarder, all is well; else lead it to a "
                f"trigger's hook_url: {_CONNECT}",
            )
        ]
    if server.problem or path in _paths(server):
        said = f"the webhook of instance {instance.name} leads to Recado, at {host}"
        return [ok("wiring", "webhook", said)]
    return [
        problem(
            "wiring",
            "webhook_of_no_trigger",
            f"the webhook of instance {instance.name} is the URL of no enabled trigger "
            "of this Recado",
            advice="the trigger was deleted, disabled or its URL changed: set the "
            "hook_url that `recado trigger show` tells",
        )
    ]


def _paths(server: ServerFacts) -> set[str]:
    return {
        urlsplit(trigger[name]).path
        for trigger in server.triggers
        for name in ("hook_url", "webhook_url")
        if trigger["enabled"] and trigger[name]
    }


def _unread(instance: Instance) -> Finding:
    return problem(
        "wiring",
        "broker_unread",
        f"instance {instance.name} publishes to a broker only, and Recado reads none",
        advice="set RECADO_AMQP_URL or RECADO_NATS_URL, or give it a webhook: "
        f"{_CONNECT}",
    )


def _no_messages(instance: Instance) -> Finding:
    return warning(
        "wiring",
        "no_messages",
        f"instance {instance.name} is not subscribed to MESSAGE, so no message comes",
        advice=f"connect it again with the groups you want: {_CONNECT}",
    )


def _unpublished(instances: Iterable[Instance], facts: Facts) -> list[Finding]:
    """Name the brokers that are read although no instance is set to publish there."""
    if facts.gateway_settings is None or _publishes_all(facts):
        return []  # not known, or all do
    publishing = {"amqp": "rabbitmq", "nats": "nats"}
    return [
        warning(
            "wiring",
            "nobody_publishes",
            f"{look.broker} is read, but no instance publishes to it",
            advice="connect the instance with rabbitmqEnable or natsEnable `enabled`, "
            "or switch on the gateway's global events",
        )
        for look in facts.brokers
        if not any(getattr(one, publishing[look.broker]) for one in instances)
    ]


def _publishes_all(facts: Facts) -> bool:
    settings = facts.gateway_settings or {}
    names = ("AMQP_GLOBAL_ENABLED", "NATS_GLOBAL_ENABLED")
    return any(settings.get(name, "").lower() == "true" for name in names)
