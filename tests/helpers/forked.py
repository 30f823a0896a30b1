"""`recado` as a process that was forked from one which has loaded it all.

To load it takes most of a second of a core, and crash tests start it hundreds of times.
From there on it is the command: its own settings, files and signals.
"""

import ctypes
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from recado.brokers import amqp, nats
from recado.cli.main import main
from recado.execution import worker

_CLONE_NEWNET = 0x40000000
_LOADED = ["recado.cli.serve", "recado.cli.worker", "tests.helpers.forked"]

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(_LOADED)


class ForkedRecado:
    """A run of the command, from its start to its end.

    ``log`` takes what it prints. ``network`` is the file of the namespace in which it
    runs, None for the test's own. ``lease`` is how many seconds a worker has what it
    was lent, if that must end before a test does.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        settings: Mapping[str, str],
        log: Path,
        network: str | None = None,
        lease: float | None = None,
    ) -> None:
        environ = {"PATH": os.environ["PATH"], **settings}
        self._process = _forking.Process(
            target=_run,
            args=(words, environ, log, network, lease),
            daemon=True,  # it does not outlive the tests when one of them fails
        )
        self._process.start()

    @property
    def is_running(self) -> bool:
        return self._process.is_alive()

    def end(self, how: int) -> int:
        """Send a signal, if it runs; returns the exit code, negative for a signal."""
        if self.is_running:
            assert self._process.pid is not None
            os.kill(self._process.pid, how)
        self._process.join(30)
        code = self._process.exitcode
        assert code is not None, "it goes on after the signal"
        return code


def _run(
    words: Sequence[str],
    environ: Mapping[str, str],
    log: Path,
    network: str | None,
    lease: float | None,
) -> None:
    os.environ.clear()
    os.environ.update(environ)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(out, stream.fileno())
    if network is not None:
        _enter(network)
    if lease is not None:
        _be_hasty(lease)
    main(words)


def _enter(network: str) -> None:
    namespace = os.open(network, os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns is there from Python 3.12 on
    if libc.setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), f"setns {network}")
    os.close(namespace)


def _be_hasty(lease: float) -> None:
    """End leases soon, and notice sooner that a broker fell silent."""
    amqp.HEARTBEAT, nats.PING_EVERY, nats.ACK_WAIT = "1", 1, 3.0
    worker.LEASE = timedelta(seconds=lease)
