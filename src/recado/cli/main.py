"""Where the command ``recado`` begins, and the one place where errors become lines."""

import importlib
import sys
from collections.abc import Sequence

from recado.errors import RecadoError

FAILED = 1
_GROUP = "recado.cli.group"
_SERVER_PARTS = "recado[server]"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process.

    Exit status: 0 done, 1 refused or failed (one ``recado: …`` on stderr), 2 wrong
    usage. ``arguments`` are the process's own unless given.
    """
    try:
        importlib.import_module(_GROUP).recado.main(arguments, prog_name="recado")
    except RecadoError as error:
        _say(str(error))
        sys.exit(FAILED)
    except ModuleNotFoundError as error:
        _say(_missing(error))
        sys.exit(FAILED)


def _missing(error: ModuleNotFoundError) -> str:
    name = (error.name or "").partition(".")[0]
    if name in ("", "recado"):  # our own fault: it deserves its trace
        raise error
    return (
        f"the module {name} is missing; the commands need the server's parts: "
        f"pip install '{_SERVER_PARTS}'"
    )


def _say(message: str) -> None:
    for line in message.splitlines():
        print(f"recado: {line}", file=sys.stderr)


if __name__ == "__main__":
    main()
