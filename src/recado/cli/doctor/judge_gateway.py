"""Findings about Evolution Go: is it there, licensed, and do the keys fit? Pure."""

from recado.cli.doctor.facts import GatewayFacts, Tried
from recado.cli.doctor.finding import Finding, note, ok, problem, warning

TOLERABLE_SKEW = 5.0
BAD_SKEW = 120.0
"""Seconds. A signature may be five minutes old, and receipts are put in order."""

_LICENCE_GATE = 503
_UNAUTHORIZED = 401


def judge_gateway(facts: GatewayFacts) -> list[Finding]:
    """Return what is to be said about the gateway, the wiring apart."""
    if not facts.url:
        return [
            note(
                "gateway",
                "gateway_not_set",
                "EVOLUTION_GO_URL is not set, so the gateway is not looked at",
                advice="set EVOLUTION_GO_URL, EVOLUTION_GO_KEY (the instance's token) "
                "and EVOLUTION_GO_ADMIN_KEY (the global key), here or in .env",
            )
        ]
    if facts.unreachable:
        return [_unreachable(facts.unreachable)]
    if not facts.is_gateway:
        return [_wrong_url()]
    return [*_clock(facts.skew), *_licence(facts), *_keys(facts)]


def _unreachable(why: str) -> Finding:
    return problem(
        "gateway",
        "gateway_unreachable",
        f"nothing answers at EVOLUTION_GO_URL: {why}",
        advice="look whether the gateway runs, and whether its host and port can be "
        "reached from this machine; in a container, localhost is the container",
    )


def _wrong_url() -> Finding:
    return problem(
        "gateway",
        "gateway_wrong_url",
        "something answers at EVOLUTION_GO_URL, but it is no Evolution Go",
        advice="set it to the gateway's root, such as http://127.0.0.1:8080, without "
        "/manager or /swagger behind it; Recado itself listens on 8484",
    )


def _clock(skew: float | None) -> list[Finding]:
    if skew is None or abs(skew) < TOLERABLE_SKEW:
        return []
    make = problem if abs(skew) >= BAD_SKEW else warning
    side = "ahead of" if skew > 0 else "behind"
    return [
        make(
            "clock",
            "clock_skew",
            f"the gateway's clock is {abs(skew):,.0f} seconds {side} this machine's",
            advice="let both follow a time server: timedatectl set-ntp true",
        )
    ]


def _licence(facts: GatewayFacts) -> list[Finding]:
    listed = facts.instances
    refused = isinstance(listed, Tried) and listed.status == _LICENCE_GATE
    licence = facts.licence
    if not refused and (licence is None or licence.active):
        return []
    return [
        problem(
            "gateway",
            "licence",
            "the gateway has no active licence, so it answers 503 (LICENSE_REQUIRED) "
            "to every call that needs a key",
            advice="open its /manager/login in a browser and register it, or: "
            "evolution-go-client license_register",
        )
    ]


def _keys(facts: GatewayFacts) -> list[Finding]:
    listed = facts.instances
    if isinstance(listed, Tried) and listed.status == _LICENCE_GATE:
        return []
    return [*_admin_key(facts), *_instance_key(facts)]


def _admin_key(facts: GatewayFacts) -> list[Finding]:
    listed = facts.instances
    if not isinstance(listed, Tried):
        said = f"Evolution Go answers, and has {_count(len(listed))}"
        return [ok("gateway", "gateway", said)]
    if not facts.has_admin_key:
        return [
            note(
                "gateway",
                "admin_key_not_set",
                "without the global key the instances and their webhooks cannot be "
                "looked at",
                advice="set EVOLUTION_GO_ADMIN_KEY to the gateway's GLOBAL_API_KEY",
            )
        ]
    if listed.status == _UNAUTHORIZED:
        return [
            problem(
                "gateway",
                "admin_key_wrong",
                "the gateway refuses EVOLUTION_GO_ADMIN_KEY",
                advice="it must be the gateway's GLOBAL_API_KEY; an instance's token "
                "does not open the routes of the whole server",
            )
        ]
    return [
        problem(
            "gateway",
            "gateway_fails",
            f"the gateway does not list its instances: {listed.text}",
            advice="its own log says why",
        )
    ]


def _count(instances: int) -> str:
    return f"{instances} instance{'' if instances == 1 else 's'}"


def _instance_key(facts: GatewayFacts) -> list[Finding]:
    if not facts.has_key or facts.key_failure is None:
        return []
    if facts.key_is_admin:
        return [
            problem(
                "gateway",
                "key_is_global",
                "EVOLUTION_GO_KEY is the global key, which opens no route of an "
                "instance",
                advice="set EVOLUTION_GO_KEY to the instance's token (recado evo "
                "instances shows the names), and the global one as "
                "EVOLUTION_GO_ADMIN_KEY",
            )
        ]
    return [
        problem(
            "gateway",
            "key_wrong",
            "the gateway knows no instance with the token in EVOLUTION_GO_KEY",
            advice="an instance that was made anew has a new token; set that one",
        )
    ]
