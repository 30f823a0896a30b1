"""The client needs nothing of the server."""

import subprocess
import sys

from tests.helpers.repository import SOURCE

PROGRAM = """
import sys

REFUSED = {
    "alembic", "click", "cryptography", "fastapi", "httptools", "jinja2",
    "prometheus_client", "pydantic", "rich", "segno", "sqlalchemy", "starlette",
    "uvicorn",
    "uvloop",
}

class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in REFUSED:
            raise ImportError(f"the client imported {name}")
        return None

sys.meta_path.insert(0, Refusing())
import recado.errors
import recado.evolution
import recado.cli.evo.main, recado.cli.evo.shortcut, recado.cli.evo.run
import recado.cli.evo.keep, recado.cli.evo.summary, recado.cli.evo.qr
import recado.evolution.testing
assert recado.evolution.parse_event(b"{}").event_type == ""
print(recado.evolution.EvolutionGo("http://127.0.0.1:8080", "token"))
"""

STARTED = """
import sys
import recado.evolution
few = len(sys.modules)
recado.evolution.EvolutionGo("http://127.0.0.1:8080", "token")
slow = {"asyncio", "email", "http", "logging", "pathlib", "random", "secrets"}
print(sorted(slow & set(sys.modules)), "recado.evolution.client" in sys.modules, few)
"""


def test_the_blocking_client_loads_nothing_that_it_may_never_need() -> None:
    loaded, client, few = _run(STARTED).rsplit(" ", 2)

    assert (loaded, client) == ("[]", "True")
    assert int(few) < 100  # the package alone is next to nothing


def test_the_client_runs_without_the_libraries_of_the_server() -> None:
    assert _run(PROGRAM) == "<EvolutionGo>"


def _run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(SOURCE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
