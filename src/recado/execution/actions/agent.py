"""Hand a prompt or a skill, and the event, to the agent program."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from recado import wire
from recado.execution.actions.process import Program, environment_of, run_program
from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.outcome import Failure, Outcome
from recado.model.trigger import Trigger


class AgentAction:
    """Runs the agent program for ``prompt`` and ``skill`` triggers. See ``Action``.

    ``command`` is the program and its arguments, () when there is none. It reads one
    JSON object: ``kind``, ``text``, ``agent`` and ``event``. ``grace`` is how many
    seconds it may use to end after SIGTERM.
    """

    def __init__(
        self,
        *,
        command: tuple[str, ...],
        environment: Mapping[str, str],
        grace: float,
        folder: Path | None = None,
    ) -> None:
        self._command = command
        self._environment = environment
        self._grace = grace
        self._folder = folder

    def problems(self, payload: object) -> list[str]:
        """See the protocol."""
        if not isinstance(payload, str) or not payload.strip():
            return ["the payload of a prompt or skill action is its text"]
        return [] if self._find_program() else [self._how_to_mend()]

    def destination(self, trigger: Trigger) -> str | None:  # noqa: ARG002 -- any is alike
        """See the protocol. A program on this machine is nobody to wait for."""
        return None

    async def run(self, claimed: Claimed, trigger: Trigger) -> Outcome:
        """See the protocol."""
        path = self._find_program()
        if path is None:
            return Failure(error=self._how_to_mend(), category=Category.CONFIG)
        agent = trigger.agent or ""
        environment = environment_of(claimed, self._environment)
        program = Program(
            command=(path, *self._command[1:]),
            environment=environment | {"RECADO_AGENT": agent.replace("\0", "")},
            folder=self._folder,
            grace=self._grace,
        )
        request = {
            "kind": trigger.action_type.value,
            "text": trigger.action_payload,
            "agent": trigger.agent,
            "event": wire.decode(claimed.event),
        }
        return await run_program(program, wire.encode(request))

    def _find_program(self) -> str | None:
        if not self._command:
            return None
        path = self._environment.get("PATH", "")
        return shutil.which(self._command[0], path=path)

    def _how_to_mend(self) -> str:
        if not self._command:
            return "there is no agent program: set RECADO_AGENT_COMMAND"
        return (
            f"{self._command[0]} is not a program that can be started: correct "
            "RECADO_AGENT_COMMAND, or install it"
        )
