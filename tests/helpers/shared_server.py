"""One server for all workers of a test run, ended when the last of them ends.

Whoever needs it first starts a keeper. Each user holds the writing end of a pipe with
a name; when the last of them has closed it, or died, the keeper ends the server.
"""

import fcntl
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]


class Kept(Protocol):
    def start(self) -> str:
        """Start, and return its address."""
        ...

    def stop(self) -> None: ...


@contextmanager
def shared(folder: Path, module: str) -> Iterator[str]:
    """The address of the server that ``module`` keeps (``python -m module FOLDER``)."""
    pipe, said = folder / "users", folder / "address"
    folder.mkdir(exist_ok=True)
    with _locked(folder):
        user = _join(pipe)
        if user is None:
            pipe.unlink(missing_ok=True)
            os.mkfifo(pipe)
            user = os.open(pipe, os.O_RDWR)
            said.write_text(_start_keeper(folder, module))
        address = said.read_text()
    try:
        yield address
    finally:
        os.close(user)


def keep(folder: Path, server: Kept) -> None:
    """Run a server for as long as it has users. The keeper's main function."""
    users = os.open(folder / "users", os.O_RDONLY | os.O_NONBLOCK)
    try:
        sys.stdout.write(json.dumps(server.start()) + "\n")
        sys.stdout.flush()
        while True:
            _until_left(users)
            with _locked(folder):
                if _is_left(users):
                    (folder / "users").unlink()
                    return
    finally:
        server.stop()


def _start_keeper(folder: Path, module: str) -> str:
    keeper = subprocess.Popen(
        [sys.executable, "-m", module, str(folder)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,  # Ctrl-C is for the tests; it ends when they do
    )
    assert keeper.stdout is not None
    line = keeper.stdout.readline()
    assert line, f"{module} did not start; see {folder}"
    address: str = json.loads(line)
    keeper.returncode = 0  # it outlives this process, which is no mistake
    keeper.stdout.close()
    return address


def _join(pipe: Path) -> int | None:
    try:
        return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # there is none, or no keeper reads it any more
        return None


def _until_left(users: int) -> None:
    while not _is_left(users, wait=True):
        pass


def _is_left(users: int, *, wait: bool = False) -> bool:
    poll = select.poll()
    poll.register(users, select.POLLIN)
    events = poll.poll(None if wait else 0)
    return any(event & select.POLLHUP for _, event in events)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
