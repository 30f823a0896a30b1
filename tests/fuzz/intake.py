"""A fuzzer writes deliveries and conditions: ``make fuzz``.

Nothing but the declared errors may come out of verify, challenge, parse, filter,
identify and condition, and none of them may take long. libFuzzer's own flags can follow
the command, such as ``-max_total_time=60`` or ``-runs=1000``; a failing input is
written to a file, whose name, given as an argument, runs it again.
"""

import contextlib
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import atheris

with atheris.instrument_imports(include=["recado"]):
    from recado import wire
    from recado.errors import BadProofError, MalformedError, UndecidedError
    from recado.intake.condition import condition_problems, holds
    from recado.intake.delivery import Delivery
    from recado.intake.filter import mismatch, validate_filter, wants
    from recado.intake.identify import MAX_KEY, identify
    from recado.intake.sources.registry import SOURCES
    from recado.intake.sources.source import Source
    from recado.model.event import Event
    from recado.model.ids import TriggerId
    from recado.model.redact import Secret
    from recado.model.trigger import ActionType, Trigger, TriggerSettings

SECONDS = 5.0
"""No single delivery of this size takes as long, however busy the machine is."""

NOON = datetime(2026, 3, 25, 12, 0, tzinfo=UTC)
NOW = str(int(NOON.timestamp()))
NAMES = sorted(SOURCES)
HANDSHAKE = ("hub.verify_token", "hub.challenge")

TRIGGER = Trigger(
    id=TriggerId(1),
    name="fuzzed",
    source="custom",
    action_type=ActionType.SCRIPT,
    action_payload="x.py",
    secrets=(Secret("secret"),),
    hook_token=Secret("hook"),
    settings=TriggerSettings(
        instance_token=Secret("token"), verify_token=Secret("token")
    ),
    created_at=NOON,
    updated_at=NOON,
)

SEEDS = (
    b'{"event":"Message","instanceId":"i","data":{"Info":{"Chat":"1@lid"}}}',
    b'{"event":"messages.upsert","data":{"key":{"remoteJid":"a","id":"b"}},"a":1e400}',
    b'{"a":1,"a":2,"\\u0000":"\\ud800","n":123456789012345678901234567890}',
    b'{"type":"url_verification","challenge":"c","event":{"type":"message"}}',
    b'{"object":"a","entry":[{"changes":[{"field":"messages","value":{"messages":[',
    b"userID=7&instanceName=s&jsonData=%7B%22type%22%3A%22Message%22%7D",
    b"payload=%7B%22type%22%3A%22block_actions%22%7D&token=t&trigger_id=1",
    b"[" * 2_000,
    b'{"a":' * 300 + b"1" + b"}" * 300,
)

PIECES = [
    *("event", "event.data", "event.text", ".a", ".Info", ".Chat", "[0]", '["a"]'),
    *("==", "!=", "<", "in", "&&", "||", "!", "(", ")", ".all(x, ", ".exists(y, "),
    *("x", "y", "1", "9223372036854775807", "1.5", "null", "true", '"a"', "b'a'"),
    *("has(", "?", ":", ".size()", "int(", "string(", ",", "dyn(", "[", "]", "{", "}"),
    *("duration('1s')", "timestamp(", "type(", "//", "\n", "\0", "'\\0'", "matches("),
]


def try_one(data: bytes) -> None:
    """Take one input through every step that a stranger or an operator feeds."""
    fed = atheris.FuzzedDataProvider(data)
    source = SOURCES[NAMES[fed.ConsumeIntInRange(0, len(NAMES) - 1)]]
    expression = _expression(fed)
    paths = [fed.ConsumeUnicode(12) for _ in range(2)]
    headers = _headers(fed, source)
    seed = SEEDS[fed.ConsumeIntInRange(0, len(SEEDS) - 1)] if fed.ConsumeBool() else b""
    body = seed + fed.ConsumeBytes(fed.remaining_bytes())
    delivery = Delivery(headers=headers, body=body, received_at=NOON)
    started = time.process_time()
    with contextlib.suppress(BadProofError):
        source.verify(delivery, TRIGGER)
    with contextlib.suppress(MalformedError):
        source.challenge(delivery)
    with contextlib.suppress(BadProofError):
        source.handshake(dict(zip(HANDSHAKE, paths, strict=True)), TRIGGER)
    _deliver(source, delivery, expression, paths)
    took = time.process_time() - started
    assert took < SECONDS, f"it took {took:.1f} s"


def _headers(fed: atheris.FuzzedDataProvider, source: Source) -> dict[str, str]:
    """The names that the source knows, mostly with what nobody would send."""
    form = "application/x-www-form-urlencoded"
    text = fed.ConsumeUnicodeNoSurrogates(40)
    kind = fed.PickValueInList(["application/json", form, text])
    return {"content-type": kind} | {
        name.lower(): fed.PickValueInList([text, f"t=1,v1={text}", f"v1,{text}", NOW])
        for name in source.headers
        if fed.ConsumeBool()
    }


def _expression(fed: atheris.FuzzedDataProvider) -> str:
    if fed.ConsumeBool():
        return str(fed.ConsumeUnicode(fed.ConsumeIntInRange(0, 120)))
    chosen = [fed.PickValueInList(PIECES) for _ in range(fed.ConsumeIntInRange(1, 12))]
    return " ".join(chosen)


def _deliver(
    source: Source, delivery: Delivery, expression: str, paths: list[str]
) -> None:
    try:
        event = source.parse(delivery)
    except MalformedError:
        body = {"data": {"a": [1, "a", None, {"b": 2**63}], "Info": {"Chat": "1@lid"}}}
        event = Event(source=source.name, event_type="Message", body=body)
    source.answer(event)
    _filter(event, paths)
    _identify(source, event, paths)
    _decide(event, expression)


def _filter(event: Event, paths: list[str]) -> None:
    wanted = {paths[0]: paths[1], f"data.{paths[0]}": [paths[1], "*a*", None, 1]}
    if not validate_filter(wanted):
        assert wants(wanted, event) is (mismatch(wanted, event) is None)


def _identify(source: Source, event: Event, paths: list[str]) -> None:
    settings = TriggerSettings(
        idempotency_path=paths[0] or None,
        ordering_path=paths[1] or None,
        body_hash_minutes=1.0,
    )
    trigger = replace(TRIGGER, source=source.name, settings=settings)
    identity = identify(trigger, source, event)
    for key in (identity.idempotency_key, identity.ordering_key):
        assert key is None or 0 < len(key) <= MAX_KEY
    wire.encode(event.document(identity, NOON))


def _decide(event: Event, expression: str) -> None:
    for condition in (expression, f'event.data.{expression} == "a"', "has(event.data)"):
        if not condition_problems(condition):
            with contextlib.suppress(UndecidedError):
                assert isinstance(holds(condition, event), bool)


if __name__ == "__main__":
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()
