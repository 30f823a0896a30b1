"""Tests wait for what they mean; a bound of a wait only ends what hangs."""

import ast
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, settings

from tests.helpers.repository import ROOT, parsed

HANGS = 30
"""Seconds. A busy machine pauses for some, and no promise of ours is about those."""

WAITS = frozenset({"communicate", "timeout", "wait", "wait_for"})


def test_a_wait_of_a_test_is_bounded_by_what_hangs() -> None:
    short = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for call in _waits(path)
        if any(_is_hasty(value) for value in _bounds(call))
    ]

    assert short == [], f"wait for {HANGS} s or more, or for less than one on purpose"


def _waits(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_a_mark = ast.unparse(node.func).startswith("pytest.mark.")
            if node.func.attr in WAITS and not is_a_mark:
                yield node


def _bounds(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args[-1:]
    yield from (one.value for one in call.keywords if one.arg == "timeout")


def _is_hasty(value: ast.expr) -> bool:
    seconds = value.value if isinstance(value, ast.Constant) else None
    return isinstance(seconds, int | float) and 1 <= seconds < HANGS


def test_no_property_has_a_deadline() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check
