"""The fuzzer's bounded run. ``make fuzz`` lets it write for longer."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 10
FUZZER = Path(__file__).with_name("intake.py")
HAS_WHEELS = sys.platform == "linux" and platform.machine() == "x86_64"


@pytest.mark.timeout(120)
@pytest.mark.skipif(not HAS_WHEELS, reason="atheris has wheels for Linux on x86-64")
def test_the_fuzzer_finds_nothing_but_declared_errors(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(FUZZER), f"-max_total_time={SECONDS}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-4_000:]
    assert "Done " in done.stderr
