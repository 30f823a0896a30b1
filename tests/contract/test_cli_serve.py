"""``recado serve`` as a process of its own."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from recado import wire
from tests.helpers.commands import Commands


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_says_where_it_is_and_ends_cleanly(
    number: signal.Signals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "data"
    monkeypatch.setenv("RECADO_DATA_DIR", str(folder))
    words = ("serve", "--port", "0")
    with subprocess.Popen(
        (sys.executable, "-m", "recado.cli.main", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as serving:
        patience = threading.Timer(60, serving.kill)
        patience.start()
        assert serving.stdout is not None
        said = ""
        for line in serving.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        stats = Commands(capsys).json("stats")
        serving.send_signal(number)
        rest, log = serving.communicate()
        patience.cancel()

    kept = wire.decode((folder / "cli.json").read_bytes())
    assert said.startswith(f"Recado listens on {kept['url']}\n")
    assert str(folder / "cli.json") in said
    assert f"export RECADO_DATA_DIR={folder}" in said
    assert kept["api_key"] not in said + rest + log
    assert stats["total_executions"] == 0
    assert rest.endswith("Stopping.\n")
    assert serving.returncode == 0
    assert "Traceback" not in log


@pytest.mark.parametrize("words", [("serve", "--no-worker"), ("worker",)])
def test_a_file_is_one_processs(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RECADO_DATA_DIR", str(tmp_path))

    ended = Commands(capsys).run(*words)

    assert ended.code == 1
    assert "RECADO_DATABASE_URL" in ended.err
