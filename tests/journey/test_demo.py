"""``recado demo``: the whole product, as a newcomer sees it first."""

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

WORDS = (sys.executable, "-m", "recado.cli.main", "demo", "--port", "0")


def environment(folder: Path) -> dict[str, str]:
    # a setting of the person who tries it must not lead the demo to real data
    return {
        "TMPDIR": str(folder),
        "RECADO_DATABASE_URL": "sqlite:////nowhere/real.db",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.mark.timeout(180)
def test_the_demo_shows_each_message_once_and_cleans_up(tmp_path: Path) -> None:
    ended = subprocess.run(
        (*WORDS, "--exit"),
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    said = ended.stdout
    assert "64 times 200, one execution" in said
    assert "duplicates: 68" in said
    assert "shown twice: 0" in said
    sent = re.search(r"sent (\d+) messages, with (\d+) ids", said)
    assert sent is not None
    assert int(sent[1]) == int(sent[2]) + 1  # Edu's first try went out as well
    assert "1 x permanent: exit 1: ValueError" in said
    assert "3 x config:" in said
    assert "3 replayed, and this time they went out." in said
    assert "2 dead letters stay" in said
    assert "export RECADO_DATA_DIR=" in said
    assert all(
        len(line) <= 80 for line in said.splitlines() if str(tmp_path) not in line
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(120)
def test_ctrl_c_ends_the_demo_cleanly_in_the_middle(tmp_path: Path) -> None:
    with subprocess.Popen(
        WORDS,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        patience = threading.Timer(60, demo.kill)
        patience.start()
        assert demo.stdout is not None
        for line in demo.stdout:
            if line.startswith("2. "):
                demo.send_signal(signal.SIGINT)
                break
        out, err = demo.communicate()
        patience.cancel()

    assert (demo.returncode, err) == (0, "")
    assert out.endswith("The demo is over.\n")
    assert list(tmp_path.iterdir()) == []
