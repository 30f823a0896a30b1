"""Where ``evolution-go-client`` begins: parse, call, write one document, end."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

from recado.cli.evo.access import Access, read_access
from recado.cli.evo.confirm import is_confirmed
from recado.cli.evo.document import DONE, FAILED, Ended, as_shown, write
from recado.cli.evo.interrupt import Underway, end_when_interrupted
from recado.cli.evo.parse import Asked, parse

PROG = "evolution-go-client"


def start(words: Sequence[str] | None = None, *, prog: str = PROG) -> NoReturn:
    """Run a command and end the process; ``words`` are its own unless given."""
    underway = Underway()
    end_when_interrupted(underway)
    _open_what_is_closed()
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a real file
    given = sys.argv[1:] if words is None else words
    try:
        status = main(given, os.environ, prog=prog, underway=underway)
    except SystemExit as ended:
        status = int(ended.code or DONE)
    except BrokenPipeError:
        status = DONE  # only help is still to be written: its reader has seen enough
    _end(status)


def main(
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    prog: str = PROG,
    sleep: Callable[[float], None] = time.sleep,
    underway: Underway | None = None,
) -> int:
    """Run one command and return its exit status.

    0 is done, 1 failed, 2 wrong usage. ``sleep`` waits between tries;
    ``underway`` is told how far it is.

    Raises:
        SystemExit: Help was asked for, or the words are wrong.
    """
    asked = parse(words, prog=prog)
    underway = underway or Underway()
    ended = _answer(asked, environ, sleep, underway=underway)
    underway.claim_document()
    if asked.row.note and ended.status == DONE:
        print(f"note: {asked.row.note}", file=sys.stderr)
    try:
        write(ended.document)
    except OSError as error:
        # whoever read is gone, or the disk is full; what is left in the buffer would
        # fail again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"error: cannot write to stdout: {error.strerror}", file=sys.stderr)
        return FAILED
    return ended.status


def _end(status: int) -> NoReturn:
    with suppress(OSError):  # whoever read the help may have seen enough
        sys.stdout.flush()
    os._exit(status)  # leaves the thread that waits for signals where it is


def _open_what_is_closed() -> None:
    # a shell can close them, and print would take the one for the other
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 -- open to the end


def _answer(
    asked: Asked,
    environ: Mapping[str, str],
    sleep: Callable[[float], None],
    *,
    underway: Underway,
) -> Ended:
    try:
        access = read_access(environ, folder=os.getcwd(), file=asked.env_file)  # noqa: PTH109 -- pathlib takes 5 ms to load
    except (OSError, ValueError) as error:
        return Ended({"error": f"Settings: {error}", "category": "config"}, FAILED)
    if not is_confirmed(asked):
        return Ended({"error": "Not confirmed, so nothing was done"}, FAILED)
    try:
        return _begin(asked, access, sleep, underway=underway)
    except Exception as error:  # noqa: BLE001 -- whoever reads stdout gets a document, also of our own mistakes
        from traceback import format_exc  # noqa: PLC0415 -- hopefully never

        told = f"Internal error: {type(error).__name__}: {error}"
        return Ended({"error": told, "trace": format_exc().splitlines()}, FAILED)


def _begin(
    asked: Asked,
    access: Access,
    sleep: Callable[[float], None],
    *,
    underway: Underway,
) -> Ended:
    """Make the first try of a plain call here; the rest is the SDK's."""
    from recado.cli.evo import shortcut  # noqa: PLC0415 -- not for --help
    from recado.cli.evo.plain import find_plain  # noqa: PLC0415 -- the same

    first = None
    plain = find_plain(
        asked.row.name, asked.values, instance=asked.instance or access.instance
    )
    if plain is not None and shortcut.fits(access, plain) and not asked.is_limited:
        asked = asked._replace(values=plain.values)
        underway.begin(plain.route.method, plain.message_id)
        first = shortcut.send(access, plain)
        result = shortcut.find_result(plain, first)
        if result is not None:
            return Ended(as_shown(asked.row.name, result), DONE)
    from recado.cli.evo.run import run  # noqa: PLC0415 -- loads the SDK

    return run(asked, access, sleep=sleep, first=first, underway=underway)


if __name__ == "__main__":
    start()
