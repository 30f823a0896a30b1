"""A NATS server of our own, with JetStream in a folder."""

import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.helpers.ports import free_ports

PROGRAM = Path(sys.executable).parent / "nats-server"
WITHIN = 30.0


class NatsNode:
    """It can be killed and started again, and keeps its streams."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1") -> None:
        self._folder, self._host = folder, host
        [self.port] = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://{self._host}:{self.port}"

    def start(self) -> str:
        command = [str(PROGRAM), "-a", self._host, "-p", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "-js", "-sd", str(self._folder)], stderr=subprocess.PIPE
        )
        self._said = self._process.stderr
        assert self._said is not None
        heard = b""
        while b"Server is ready" not in heard:
            line = self._said.readline()
            assert line, f"NATS did not start:\n{heard.decode()}"
            heard += line
        return self.url

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait(WITHIN)
        if self._said is not None:
            self._said.close()
        self._process = self._said = None

    stop = kill
