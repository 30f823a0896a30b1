"""What ``recado stats`` says of brokers."""

from typing import Any

import pytest

from recado.cli.stats import _write_stats


@pytest.mark.parametrize(
    ("broker", "said"),
    [
        ({"connected": False, "problem": "refused"}, "away: refused"),
        ({"connected": True, "consuming": []}, "none of the queues is there yet"),
        ({"connected": True, "consuming": ["EVENTS"]}, "connected: EVENTS"),
        (
            {"connected": True, "consuming": ["a"] * 60},
            "connected: 60 queues or subjects",
        ),
    ],
)
def test_a_broker_is_one_line(
    broker: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {
        "window_days": 1,
        "by_status": {},
        "brokers": [{"broker": "amqp", **broker}],
    }

    _write_stats(answer)

    assert f"broker amqp  {said}" in capsys.readouterr().out.replace(
        "connected, but ", ""
    )
