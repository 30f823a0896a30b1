"""Run a file of the scripts folder with the event on its standard input."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from recado.execution.actions.process import Program, environment_of, run_program
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.outcome import Failure, Outcome
from recado.model.trigger import Trigger


class ScriptAction:
    """Runs scripts of one folder. See ``Action``.

    ``grace`` is how many seconds a script may use to end after SIGTERM.
    """

    def __init__(
        self, *, folder: Path | None, environment: Mapping[str, str], grace: float
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._grace = grace

    def problems(self, payload: object) -> list[str]:
        """See the protocol."""
        found = self._find_command(payload)
        return [found] if isinstance(found, str) else []

    def destination(self, trigger: Trigger) -> str | None:  # noqa: ARG002 -- any is alike
        """See the protocol. A program on this machine is nobody to wait for."""
        return None

    async def run(self, claimed: Claimed, trigger: Trigger) -> Outcome:
        """See the protocol."""
        # Again, since a file can have become a link after the trigger was saved.
        found = self._find_command(trigger.action_payload)
        if isinstance(found, str):
            return Failure(error=found, category=Category.CONFIG)
        program = Program(
            command=found,
            environment=environment_of(claimed, self._environment),
            folder=self._folder,
            grace=self._grace,
        )
        return await run_program(program, claimed.event)

    def _find_command(self, payload: object) -> tuple[str, ...] | str:
        """Return how to start the script, or why it cannot be."""
        if self._folder is None:
            return "there is no scripts folder: set RECADO_SCRIPTS_DIR"
        if not isinstance(payload, str) or not payload.strip() or "\0" in payload:
            return "the payload of a script action is the name of its file"
        name = PurePosixPath(payload)
        if name.is_absolute() or ".." in name.parts:
            return _outside(payload)
        folder = self._folder.resolve()
        try:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder):
                return _outside(payload)
            return _command(path, payload)
        except (OSError, RuntimeError) as error:  # too long a name, a ring of links
            return f"{payload} cannot be used: {error}"


def _command(path: Path, payload: str) -> tuple[str, ...] | str:
    if not path.is_file():
        return f"there is no file {payload} in RECADO_SCRIPTS_DIR"
    if path.suffix == ".py":
        return (sys.executable, str(path))
    if os.access(path, os.X_OK):
        return (str(path),)
    return (
        f"{payload} cannot be started: make it executable (chmod +x) and begin it "
        "with a #! line, or name it *.py"
    )


def _outside(payload: str) -> str:
    return (
        f"{payload} is not inside RECADO_SCRIPTS_DIR: name a file of that folder, "
        "without a leading / and without .."
    )
