"""A RabbitMQ of our own: its node, ports, cookie and files are nobody else's."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from tests.helpers.ports import free_ports
from tests.helpers.shared_server import keep

# Debian's own command would change to the user of its service
PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
MISSING = "RabbitMQ is not installed: `make packages` (Debian: rabbitmq-server)"
# few threads, which sleep when there is nothing to do
QUIET = "+S 1:1 +SDcpu 1:1 +SDio 1 +A 1 +sbwt none +sbwtdcpu none +sbwtdio none"
STOP_WITHIN = 20.0


class RabbitNode:
    """One node. It can be killed and started again, and keeps what it has."""

    def __init__(self, folder: Path, *, host: str = "127.0.0.1") -> None:
        self._folder, self._host = folder, host
        self.port, self._dist, self._epmd = free_ports(3)
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{self._host}:{self.port}/"

    def start(self) -> str:
        """Start, and return the URL when connections are taken."""
        program = shutil.which("rabbitmq-server", path=str(PROGRAM.parent))
        assert program, MISSING
        for name in ("home", "mnesia", "log"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        (self._folder / "plugins").write_text("[].")
        (self._folder / "env").write_text("")
        (self._folder / "rabbitmq.conf").write_text("loopback_users.guest = false\n")
        (self._folder / "advanced.config").write_text("[].")
        self._process = subprocess.Popen(
            [program],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._said = self._process.stdout
        assert self._said is not None
        heard = b""
        while b"completed with" not in heard:
            line = self._said.readline()
            assert line, f"RabbitMQ did not start:\n{heard.decode()}"
            heard += line
        return self.url

    def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)
        epmd = shutil.which("epmd")
        assert epmd, MISSING
        subprocess.run(
            [epmd, "-port", str(self._epmd), "-kill"], capture_output=True, check=False
        )

    def _signal(self, number: int) -> None:
        if self._process is None:
            return
        os.killpg(self._process.pid, number)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(STOP_WITHIN)
        if self._said is not None:
            self._said.close()
        self._process = self._said = None

    def _environment(self) -> dict[str, str]:
        folder = self._folder
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(folder / "home"),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"recado{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": self._host,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "env"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": QUIET,
        }


if __name__ == "__main__":
    keep(Path(sys.argv[1]), RabbitNode(Path(sys.argv[1])))
