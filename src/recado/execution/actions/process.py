"""Start one program, give it its input, and leave nothing of it behind."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from recado.model.category import Category
from recado.model.execution import Claimed
from recado.model.outcome import Failure, Outcome, Success

STREAM_LIMIT = 32 * 1024
"""Bytes kept of each of the two streams, so 64 KiB of one attempt."""

SUMMARY_LIMIT = 500

_STDOUT, _STDERR = 1, 2
_EXCEPTION_LINE = re.compile(r"(?:[A-Za-z_]\w*\.)*([A-Z]\w*)(?::.*)?")


class BoundedOutput:
    """The beginning and the end of a stream of any length."""

    def __init__(self, limit: int) -> None:
        self._half = limit // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    def add(self, data: bytes) -> None:
        """Take the next bytes; what does not fit is counted and forgotten."""
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        excess = len(self._tail) - self._half
        if excess > 0:
            del self._tail[:excess]
            self._left_out += excess

    def text(self) -> str:
        """Return what was kept, with a mark where something was left out."""
        if not self._left_out:
            return _decoded(self._head + self._tail)
        gap = f"\n… {self._left_out} bytes left out …\n"
        return _decoded(self._head) + gap + _decoded(self._tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to start. ``environment`` is all that it gets to see of ours.

    ``grace`` is how many seconds it may use to end after SIGTERM.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path | None
    grace: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended. A negative ``exit_code`` is the signal that ended it."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Both streams as one text for people."""
        if not self.stderr:
            return self.stdout
        return f"{self.stdout.rstrip()}\n[stderr]\n{self.stderr}".lstrip()


def logical_key(claimed: Claimed) -> str:
    """Return the name of what this execution does, the same over all tries of it.

    Attempts and replays share it, so a program can use it to act only once.
    """
    return claimed.idempotency_key or f"execution-{claimed.root_id}"


def environment_of(claimed: Claimed, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of one attempt: ``base`` and who is running.

    Names of ``base`` that start with ``RECADO_`` are the server's own settings, with
    its secrets, and are left out.
    """
    clean = {
        name: value for name, value in base.items() if not name.startswith("RECADO_")
    }
    return clean | {
        # so that what a Python program said before its time limit is not lost
        "PYTHONUNBUFFERED": "1",
        "RECADO_ATTEMPT": str(claimed.attempt),
        "RECADO_EXECUTION_ID": str(claimed.id),
        # a sender chose it, and an environment cannot hold a NUL
        "RECADO_IDEMPOTENCY_KEY": logical_key(claimed).replace("\0", "\ufffd"),
        "RECADO_ROOT_EXECUTION_ID": str(claimed.root_id),
        "RECADO_TRIGGER_ID": str(claimed.trigger_id),
    }


async def run_program(program: Program, stdin: bytes) -> Outcome:
    """Run a program to its end and return what came of it.

    When it has ended, or when this is cancelled, every process that it started and
    that stayed in its process group is ended too: with SIGTERM, and with SIGKILL once
    the program and its output are closed or the grace is over. A cancellation carries
    the output so far as a note (``__notes__``).
    """
    try:
        transport, watch = await _start(program)
    except OSError as error:
        return Failure(
            error=f"{program.command[0]} cannot be started: {error.strerror}",
            category=Category.CONFIG,
            exception=type(error).__name__,
        )
    try:
        _feed(transport, stdin)
        await asyncio.wait({watch.exited})
    except asyncio.CancelledError as cancelled:
        await _end(transport, watch, program.grace)
        cancelled.add_note(_finished(transport, watch).output)
        raise
    await _end(transport, watch, program.grace)
    return outcome_of(_finished(transport, watch))


def outcome_of(finished: Finished) -> Outcome:
    """Return what the end of a program means; 0 is success, all else is failure."""
    if finished.exit_code == 0:
        summary = _last_line(finished.stdout)[:SUMMARY_LIMIT]
        return Success(summary=summary, output=finished.output)
    said = _last_line(finished.stderr) or _last_line(finished.stdout)
    how = _how_it_ended(finished.exit_code)
    return Failure(
        error=f"{how}: {said[:SUMMARY_LIMIT]}" if said else how,
        exit_code=finished.exit_code,
        exception=find_exception(finished.stderr),
        output=finished.output,
    )


def find_exception(stderr: str) -> str | None:
    """Return the name of the exception that a traceback ends with, if there is one.

    Its line starts at the margin with a class name; whatever notes and messages of
    several lines follow are passed over. Of chained tracebacks the last one counts.
    """
    for line in reversed(stderr.splitlines()):
        found = _EXCEPTION_LINE.fullmatch(line.rstrip())
        if found and found[1].endswith(_EXCEPTION_ENDINGS):
            return found[1]
    return None


_EXCEPTION_ENDINGS = ("Error", "Exception", "Timeout", "Interrupt", "Refused", "Exit")


class _Watch(asyncio.SubprocessProtocol):
    """Sees a program end and its output close, which are two different moments.

    The streams of ``asyncio.create_subprocess_exec`` wait for both at once, and so
    for ever when a grandchild keeps the output open.
    """

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.streams = {fd: BoundedOutput(STREAM_LIMIT) for fd in (_STDOUT, _STDERR)}
        self._open = {_STDOUT, _STDERR}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep what fits."""
        self.streams[fd].add(data)

    def pipe_connection_lost(
        self,
        fd: int,
        exc: Exception | None,  # noqa: ARG002 -- the loop passes it
    ) -> None:
        """Note the end of a stream; a program need not read its input."""
        self._open.discard(fd)
        if not self._open and not self.closed.done():
            self.closed.set_result(None)

    def process_exited(self) -> None:
        """Note the end of the program itself."""
        self.exited.set_result(None)


async def _start(program: Program) -> tuple[asyncio.SubprocessTransport, _Watch]:
    starting = asyncio.ensure_future(
        asyncio.get_running_loop().subprocess_exec(
            _Watch,
            *program.command,
            env=dict(program.environment),
            cwd=program.folder,
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Left alone, the loop would end the program but not what it has started; and so
        # it would when this is cancelled once more, as when a stop meets a time limit.
        while not starting.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({starting})
        if starting.exception() is None:
            await _end(*starting.result(), program.grace)
        raise


def _feed(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    pipe = _input_of(transport)
    # closed already when the program ended at once; reading is the program's choice
    if not pipe.is_closing():
        pipe.write(data)
        pipe.write_eof()


def _input_of(transport: asyncio.SubprocessTransport) -> asyncio.WriteTransport:
    # uvloop's pipes do not inherit from asyncio's, so isinstance would say no
    return cast("asyncio.WriteTransport", transport.get_pipe_transport(0))


async def _end(
    transport: asyncio.SubprocessTransport, watch: _Watch, grace: float
) -> None:
    """End what is left of the program's process group and close the pipes."""
    finished = {watch.exited, watch.closed}
    try:
        await _terminate(transport.get_pid(), finished, grace)
        # A process that left the group may hold the output open: not for us to wait.
        await asyncio.wait(finished, timeout=grace)
    finally:
        pipe = _input_of(transport)
        if pipe.get_write_buffer_size():  # asyncio cannot abort a closed pipe
            pipe.abort()
        transport.close()


async def _terminate(
    group: int, finished: set[asyncio.Future[None]], grace: float
) -> None:
    try:
        if _signal_group(group, signal.SIGTERM):
            await asyncio.wait(finished, timeout=grace)
    finally:
        _signal_group(group, signal.SIGKILL)


def _signal_group(group: int, number: signal.Signals) -> bool:
    """Send a signal to a process group; tell whether there was anyone to get it."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS answers so for the dead
        return False
    return True


def _finished(transport: asyncio.SubprocessTransport, watch: _Watch) -> Finished:
    code = transport.get_returncode()
    return Finished(
        exit_code=-signal.SIGKILL if code is None else code,
        stdout=watch.streams[_STDOUT].text(),
        stderr=watch.streams[_STDERR].text(),
    )


def _how_it_ended(exit_code: int) -> str:
    if exit_code > 0:
        return f"exit {exit_code}"
    known = {member.value: member.name for member in signal.Signals}
    return f"ended by {known.get(-exit_code, f'signal {-exit_code}')}"


def _last_line(text: str) -> str:
    lines = (line.strip() for line in reversed(text.splitlines()))
    return next((line for line in lines if line), "")


def _decoded(data: bytes | bytearray) -> str:
    return data.decode(errors="replace")
