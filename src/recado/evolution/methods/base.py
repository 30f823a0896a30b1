"""What the methods stand on."""

from abc import ABC, abstractmethod
from typing import TypeVar

from recado.evolution.commands.base import Command
from recado.evolution.message_id import Namer

Reply = TypeVar("Reply")


class Methods(ABC):
    """Turns arguments into a command, and makes the call that it describes."""

    __slots__ = ()

    _namer: Namer

    @abstractmethod
    def call(self, command: Command[Reply]) -> Reply:
        """Make the call that a command describes."""
