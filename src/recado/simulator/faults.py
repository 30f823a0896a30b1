"""Faults that were asked for, and which one meets a request."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from recado import wire
from recado.errors import InvalidError, NotJsonError, Problem
from recado.simulator.answer import Answer, Asked
from recado.simulator.error_texts import NAMES, answer_with_error
from recado.simulator.recipient import clean

ANY_ROUTE = "*"
RULE_FIELDS = frozenset({"route", "fault", "times", "match", "skip", "instance"})
FAULT_FIELDS = frozenset(
    {"status", "body", "headers", "error", "latency", "drop", "after"}
)
_STATUSES = range(200, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with a request.

    ``latency`` is seconds before anything else happens. ``drop`` closes the connection
    without an answer; ``answer`` or the named ``error`` takes the place of the true
    one. ``after`` means that the request is carried out all the same. A fault with a
    latency alone only makes the true answer late.
    """

    latency: float = 0.0
    drop: bool = False
    error: str | None = None
    answer: Answer | None = None
    after: bool = False

    def answer_on(self, route: str) -> Answer | None:
        """Return what is answered instead; None for the true answer or a drop."""
        if self.error is not None:
            return answer_with_error(self.error, route)
        return self.answer

    @property
    def acts(self) -> bool:
        """Return whether the request is carried out."""
        replaced = self.drop or self.error is not None or self.answer is not None
        return self.after or not replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """Which requests a fault meets, and how often; ``times`` None is without end.

    ``route`` may have the contract's ``:names`` for variable parts, and ends in ``*``
    when it is only the beginning. The first ``skip`` requests that are meant go well.
    ``instance`` is whose requests are meant, None for everybody's.
    """

    route: str
    fault: Fault
    times: int | None = None
    match: Mapping[str, Any] = field(default_factory=dict)
    skip: int = 0
    instance: str | None = None

    def meets(self, asked: Asked, instance: str | None = None) -> bool:
        """Return whether this request is meant; ``instance`` is who asks."""
        if not _is_route(asked, self.route):
            return False
        if self.instance is not None and self.instance != instance:
            return False
        return not self.match or _matches(asked.body, self.match)


class Faults:
    """The faults in force. The oldest one that meets a request is used."""

    def __init__(self, rules: Iterable[FaultRule] = ()) -> None:
        self._first = tuple(rules)
        self._rules = list(self._first)

    def __iter__(self) -> Iterator[FaultRule]:
        return iter(self._rules)

    def add(self, rule: FaultRule) -> None:
        """Put a fault in force."""
        self._rules.append(rule)

    def clear(self) -> None:
        """Let everything work again."""
        self._rules.clear()

    def reset(self) -> None:
        """Put those in force that were there at the start."""
        self._rules = list(self._first)

    def take(self, asked: Asked, instance: str | None = None) -> Fault | None:
        """Return the fault that meets this request, and use up one of its times."""
        for place, rule in enumerate(self._rules):
            if rule.meets(asked, instance):
                if rule.skip:
                    self._rules[place] = dataclasses.replace(rule, skip=rule.skip - 1)
                    continue
                self._use_up(place, rule)
                return rule.fault
        return None

    def _use_up(self, place: int, rule: FaultRule) -> None:
        if rule.times is None:
            return
        if rule.times == 1:
            del self._rules[place]
        else:
            self._rules[place] = dataclasses.replace(rule, times=rule.times - 1)


def _is_route(asked: Asked, wanted: str) -> bool:
    if wanted.endswith(ANY_ROUTE):
        return asked.route.startswith(wanted[:-1])
    if ":" not in wanted:
        return wanted == asked.route
    parts, pattern = asked.route.split("/"), wanted.split("/")
    return len(parts) == len(pattern) and all(
        part == name or name.startswith(":")
        for part, name in zip(parts, pattern, strict=True)
    )


def _matches(raw: bytes, wanted: Mapping[str, Any]) -> bool:
    try:
        body = wire.decode(raw)
    except NotJsonError:
        return False
    return isinstance(body, dict) and all(
        name in body and _comparable(name, body[name]) == _comparable(name, value)
        for name, value in wanted.items()
    )


def _comparable(name: str, value: Any) -> str:
    text = str(value)
    cleaned = clean(text) if name == "number" else None
    # the gateway's plus sign is no part of the address
    return (cleaned or text).removeprefix("+")


def read_rule(body: Any) -> FaultRule:
    """Return the rule that a request describes.

    Raises:
        InvalidError: It describes none; all problems at once.
    """
    if not isinstance(body, dict):
        raise InvalidError([Problem("body", "must be an object")])
    problems = [
        Problem(name, "is not known") for name in sorted(body.keys() - RULE_FIELDS)
    ]
    route, given = body.get("route", ANY_ROUTE), body.get("fault")
    match = body.get("match") or {}
    if not isinstance(route, str):
        problems.append(Problem("route", "must be * or a route such as POST /x"))
    problems += _count_problems(body)
    if not isinstance(body.get("instance"), str | None):
        problems.append(Problem("instance", "must be the name of an instance or null"))
    if not isinstance(match, dict):
        problems.append(Problem("match", "must be an object"))
    if not isinstance(given, dict) or not given:
        problems.append(Problem("fault", "must be an object that says what goes wrong"))
    else:
        problems.extend(_fault_problems(given))
    if problems or not isinstance(given, dict):
        raise InvalidError(problems)
    return FaultRule(
        route=route,
        fault=_fault(given),
        times=body.get("times"),
        match=match,
        skip=body.get("skip", 0),
        instance=body.get("instance"),
    )


def _count_problems(body: Mapping[str, Any]) -> list[Problem]:
    times, skip = body.get("times"), body.get("skip", 0)
    problems = []
    if times is not None and (not _is_int(times) or times < 1):
        problems.append(Problem("times", "must be a number from 1 or null"))
    if not _is_int(skip) or skip < 0:
        problems.append(Problem("skip", "must be a number, 0 or more"))
    return problems


def _fault_problems(given: Mapping[str, Any]) -> list[Problem]:
    checks = {
        "status": (_is_status, "must be a number from 200 to 599"),
        "headers": (_is_headers, "must be an object of texts"),
        "error": (_is_known_error, f"must be one of {', '.join(NAMES)}"),
        "latency": (_is_seconds, "must be a number of seconds, 0 or more"),
        "drop": (_is_moment, "must be before or after"),
        "after": (_is_bool, "must be true or false"),
    }
    problems = [
        Problem(f"fault.{name}", "is not known")
        for name in sorted(given.keys() - FAULT_FIELDS)
    ]
    problems += [
        Problem(f"fault.{name}", message)
        for name, (check, message) in checks.items()
        if name in given and not check(given[name])
    ]
    if len({"status", "error", "drop"} & given.keys()) > 1:
        problems.append(Problem("fault", "can be one of status, error and drop"))
    if "status" not in given and {"body", "headers"} & given.keys():
        problems.append(Problem("fault.status", "is needed with body and headers"))
    return problems


def _fault(given: Mapping[str, Any]) -> Fault:
    answer = None
    if "status" in given:
        answer = Answer(
            status=given["status"],
            body=wire.encode(given["body"]) if "body" in given else b"",
            headers=tuple(given.get("headers", {}).items()),
        )
    return Fault(
        latency=float(given.get("latency", 0.0)),
        drop="drop" in given,
        error=given.get("error"),
        answer=answer,
        after=given["drop"] == "after"
        if "drop" in given
        else given.get("after", False),
    )


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_status(value: Any) -> bool:
    return _is_int(value) and value in _STATUSES


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_moment(value: Any) -> bool:
    return value in ("before", "after")


def _is_known_error(value: Any) -> bool:
    return value in NAMES


def _is_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(item, str)
        and item.isprintable()
        and item.isascii()
        and name.replace("-", "").isalnum()
        and name.isascii()
        for name, item in value.items()
    )
