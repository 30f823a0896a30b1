"""How a new terminal finds the command ``recado``."""

import shlex
import shutil
import sys
from pathlib import Path


def path_line() -> str | None:
    """Return the line to say there first; None where the command is found already."""
    if shutil.which("recado") is not None:
        return None
    folder = Path(sys.executable).parent
    return f"export PATH={shlex.quote(str(folder))}:$PATH"
