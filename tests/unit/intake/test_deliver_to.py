"""Every source says how its sender is pointed at a trigger."""

import re

import pytest

from recado import wire
from recado.cli.trigger_body import SOURCES_NOTE
from recado.intake.deliver_to import HOW, how_to_deliver
from recado.intake.sources.registry import SOURCES

URL = "https://recado.example/hooks/0123"


def test_every_source_is_known_to_the_commands() -> None:
    assert set(HOW) == set(SOURCES)
    assert [
        name for name in SOURCES if not re.search(rf"\b{name}\b", SOURCES_NOTE)
    ] == []


@pytest.mark.parametrize("source", SOURCES)
def test_it_names_the_url_and_leaves_nothing_to_fill_in(source: str) -> None:
    line = how_to_deliver(
        {"source": source, "hook_url": URL, "id": 7, "secret": "s3cret"}
    )

    assert URL in line
    assert not re.search(r"\{(id|hook_url|secret)\}", line)
    assert "\n" not in line
    for body in re.findall(r"-d '(\{.*\})'", line):
        assert URL in str(wire.decode(body))
