"""``qr``: the code to link a phone with, drawn or saved."""

import os
import sys
from collections.abc import Callable
from typing import Any

from recado.cli.evo.calls import Calls, Made
from recado.cli.evo.parse import Asked
from recado.errors import PassingFaultError, SettingsError
from recado.evolution.commands.session import Qr
from recado.evolution.replies.instances import QrCode

WAIT_SECONDS = 30
PAUSE_SECONDS = 2.0

_NO_LIBRARY = (
    "--terminal draws with the library segno, which is missing: "
    "pip install 'recado[qr]'. --out needs none"
)


def qr(asked: Asked, calls: Calls) -> Any:
    """Get a code, waiting until there is one, and draw or save it if that is wanted.

    Raises:
        SettingsError: It cannot be drawn or saved.
        EvolutionError: There is no code, or the call failed.
    """
    draw = _find_drawer() if "terminal" in asked.values else None
    made = _wait(calls, seconds=asked.values.get("wait", WAIT_SECONDS))
    if draw is not None:
        draw(made.reply.code)
    shown = made.answer
    if path := asked.values.get("out"):
        _save(made.reply.png, path)
        shown = shown | {"saved": path}
    return shown


def _wait(calls: Calls, *, seconds: float) -> Made[QrCode]:
    """Ask until there is a code: a new session takes a moment to get its first one."""
    pauses = int(seconds // PAUSE_SECONDS)
    while True:
        try:
            return calls.make(Qr())
        except PassingFaultError:
            if pauses <= 0:
                raise
        pauses -= 1
        calls.sleep(PAUSE_SECONDS)


def _find_drawer() -> Callable[[str], None]:
    try:
        import segno  # noqa: PLC0415 -- an extra
    except ModuleNotFoundError as error:
        raise SettingsError(_NO_LIBRARY) from error

    def draw(code: str) -> None:
        # stdout is for the document
        segno.make(code, error="l").terminal(out=sys.stderr, compact=True)

    return draw


def _save(png: bytes, path: str) -> None:
    # whoever sees the picture can link a phone of theirs
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 -- it is open already
            file.write(png)
    except OSError as error:
        raise SettingsError(f"cannot save to {path}: {error.strerror}") from error
