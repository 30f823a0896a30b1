"""The examples of the client's documents run as they are printed."""

import re
from pathlib import Path

import pytest

from tests.helpers.gateway_server import GatewayServer, Reply, json_reply, sent_reply
from tests.helpers.repository import ROOT

PAGES = ("send-safely", "test-a-program-that-sends", "receive-events")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
STATUS = {"Connected": True, "LoggedIn": True, "Name": "Shop"}


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_run(
    page: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = (ROOT / "docs" / "howto" / f"{page}.md").read_text("utf-8")
    blocks = BLOCK.findall(text)
    names: dict[str, object] = {"__name__": page}
    monkeypatch.chdir(tmp_path)

    with GatewayServer(_script(blocks)) as server:
        monkeypatch.setenv("EVOLUTION_GO_URL", server.url)
        monkeypatch.setenv("EVOLUTION_GO_KEY", "a-token")
        for block in blocks:
            exec(compile(block, f"{page}.md", "exec"), names)  # noqa: S102 -- ours

    assert len(blocks) >= 2
    assert "None" not in capsys.readouterr().out


def _script(blocks: list[str]) -> list[Reply]:
    """A success of the right shape for each request, in the order of the page."""
    status = json_reply(200, {"message": "success", "data": STATUS})
    calls = re.findall(r"\.(send_\w+|instance_status)\(", "".join(blocks))
    return [
        status if call == "instance_status" else sent_reply() for call in calls
    ] or [status]
