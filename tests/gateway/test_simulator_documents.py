"""What the pages about the simulator show works, and what they list is all."""

import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyreqwest.client import SyncClientBuilder

from recado.cli import simulate as command
from recado.evolution import EvolutionGo
from recado.simulator.background import BackgroundSimulator
from recado.simulator.control import CHANGEABLE
from recado.simulator.control_actions import (
    EMISSION_ONLY,
    RECEIPT_FIELDS,
    VOTE_FIELDS,
)
from recado.simulator.control_shapes import shown_message
from recado.simulator.emission import Emission
from recado.simulator.faults import FAULT_FIELDS, RULE_FIELDS
from recado.simulator.phone import ShownMessage
from tests.helpers.gateway_server import GatewayServer, Reply
from tests.helpers.repository import ROOT, SOURCE

HOWTO = ROOT / "docs" / "howto" / "test-your-bot.md"
REFERENCE = ROOT / "docs" / "reference" / "simulator.md"
PAGES = (HOWTO, REFERENCE)
GATEWAY, BOT = "http://127.0.0.1:8080", "http://127.0.0.1:3000"
MADE_UP = "5511990000007"


def blocks(page: Path, language: str) -> list[str]:
    text = page.read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def lines(page: Path, program: str) -> list[str]:
    return [
        line
        for block in blocks(page, "bash")
        for line in block.splitlines()
        if line.startswith(program)
    ]


@pytest.mark.timeout(120)  # it starts another pytest
def test_the_bot_and_its_test_run(tmp_path: Path) -> None:
    for block in blocks(HOWTO, "python"):
        name = block.splitlines()[0].removeprefix("# ")
        (tmp_path / name).write_text(block, "utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_bot.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(SOURCE.parent), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "3 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    "line", [line for page in PAGES for line in lines(page, "recado simulate")]
)
def test_a_command_that_is_shown_is_understood(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[object] = []
    monkeypatch.setattr(command, "serve", lambda *at, **more: served.append(at))

    result = CliRunner().invoke(command.simulate, shlex.split(line)[2:])

    assert result.exit_code == 0, result.output
    assert len(served) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_requests_that_are_shown_are_taken_in_their_order(page: Path) -> None:
    with GatewayServer([Reply()]) as bot, BackgroundSimulator() as gateway:
        gateway.change("sales", webhook=bot.url)
        with EvolutionGo(gateway.url, gateway.token) as client:
            client.send_text(MADE_UP, "what the bot would have answered")
        statuses = [request(line, gateway.url, bot.url) for line in lines(page, "curl")]

    assert len(statuses) == {HOWTO: 5, REFERENCE: 2}[page]
    assert all(200 <= status < 300 for status in statuses), statuses


def request(line: str, gateway: str, bot: str) -> int:
    words = shlex.split(line.replace(GATEWAY, gateway).replace(BOT, bot))[1:]
    given = dict(zip(words[:-1:2], words[1:-1:2], strict=True))
    method = given.get("-X", "POST" if "-d" in given else "GET")
    with SyncClientBuilder().no_proxy().build() as client:
        asked = client.request(method, words[-1])
        if "-d" in given:
            asked.body_text(given["-d"])
        return asked.build().send().status


def test_the_page_names_every_field_that_is_taken_and_shown() -> None:
    page = REFERENCE.read_text("utf-8")
    shown = ShownMessage(instance="", chat="", id="", contents=("",))
    named = {
        *shown_message(shown),
        *(field.name for field in fields(Emission)),
        *EMISSION_ONLY,
        *RULE_FIELDS,
        *FAULT_FIELDS,
        *CHANGEABLE,
        *RECEIPT_FIELDS,
        *VOTE_FIELDS,
    }

    assert len(named) > 30
    assert [name for name in named if f"`{name}`" not in page] == []
