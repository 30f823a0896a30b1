"""What triggers can run: each kind of action, made once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, runtime_checkable

from recado.clock import Clock
from recado.execution.actions.action import Action
from recado.execution.actions.addresses import system_resolver
from recado.execution.actions.agent import AgentAction
from recado.execution.actions.http import HttpAction
from recado.execution.actions.script import ScriptAction
from recado.execution.actions.whatsapp import WhatsAppAction
from recado.model.trigger import ActionType

SCRIPT_GRACE = 5.0
"""Seconds a program has between SIGTERM and SIGKILL."""

Actions = Mapping[ActionType, Action]


def make_actions(
    *,
    data_dir: Path,
    scripts_dir: Path | None,
    agent_command: tuple[str, ...],
    environment: Mapping[str, str],
    clock: Clock,
) -> Actions:
    """Return what triggers can run; ``environment`` is what programs see."""
    agent = AgentAction(
        command=agent_command,
        environment=environment,
        grace=SCRIPT_GRACE,
        folder=data_dir,
    )
    return {
        ActionType.SCRIPT: ScriptAction(
            folder=scripts_dir, environment=environment, grace=SCRIPT_GRACE
        ),
        ActionType.PROMPT: agent,
        ActionType.SKILL: agent,
        ActionType.HTTP: HttpAction(clock=clock, resolver=system_resolver),
        ActionType.WHATSAPP: WhatsAppAction(),
    }


@runtime_checkable
class _Closing(Protocol):
    async def close(self) -> None: ...


async def close_actions(actions: Actions) -> None:
    """Close the connections that actions keep open."""
    for action in set(actions.values()):
        if isinstance(action, _Closing):
            await action.close()
