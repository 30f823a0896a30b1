"""Running ``recado`` in this process, as a shell would see it."""

from dataclasses import dataclass
from typing import Any

import pytest

from recado import wire
from recado.cli.main import main


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return wire.decode(self.out)


class Commands:
    """Runs commands one after the other."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def run(self, *words: str) -> Ended:
        """How a command ended, whatever its end was."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        captured = self._capsys.readouterr()
        code = ended.value.code
        return Ended(0 if code is None else int(code), captured.out, captured.err)

    def done(self, *words: str) -> Ended:
        """The same, of a command that must not fail."""
        ended = self.run(*words)
        assert ended.code == 0, ended.err
        return ended

    def json(self, *words: str) -> Any:
        """What it wrote as JSON, and there must be nothing else on stdout."""
        return self.done(*words, "--json").json
