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
print(recado.evolution.EvolutionGo("http://127.0.0.1:8080", "token"))
"""


def test_the_client_runs_without_the_libraries_of_the_server() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(SOURCE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "<EvolutionGo>\n", done.stderr
