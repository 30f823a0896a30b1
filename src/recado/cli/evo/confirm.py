"""Asks a person before something that cannot be taken back."""

import sys

from recado.cli.evo.parse import Asked


def is_confirmed(asked: Asked) -> bool:
    """Return whether to go on.

    Only a person at a terminal is asked: a script has said what it wants.
    """
    if not asked.row.asks or asked.options.get("yes"):
        return True
    # a shell can close the one that is read
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    print(f"{asked.row.asks} Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
