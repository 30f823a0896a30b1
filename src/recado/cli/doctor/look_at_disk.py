"""The data folder: whose it is, how full, and on what kind of disk."""

import os
import shutil
import stat
from pathlib import Path

from recado.cli.doctor.facts import DiskFacts
from recado.settings import KEY_FILE

MOUNTS = Path("/proc/self/mounts")


def look_at_disk(folder: Path, *, database_url: str) -> DiskFacts:
    """Return what is there; of a folder that is yet to be made, where it would lie."""
    nearest = _nearest(folder.absolute())
    return DiskFacts(
        folder=folder,
        mode=_mode(folder),
        key_mode=_mode(folder / KEY_FILE),
        writable=os.access(nearest, os.W_OK | os.X_OK),
        free=shutil.disk_usage(nearest).free,
        filesystem=_filesystem(nearest.resolve()),
        is_sqlite=database_url.startswith("sqlite"),
    )


def _nearest(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None


def _filesystem(path: Path) -> str:
    try:
        return filesystem_of(path, MOUNTS.read_text(errors="replace"))
    except OSError:
        return ""  # not Linux


def filesystem_of(path: Path, mounts: str) -> str:
    """Return the kind of filesystem that a path lies on, "" if it is not told.

    ``mounts`` is the text of ``/proc/self/mounts``: of the places that hold the path
    the longest counts, and of equal ones the last, which hides the others.
    """
    longest, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:  # noqa: PLR2004 (device, place, kind)
            continue
        # blanks in a place are written as \040
        place = fields[1].encode().decode("unicode_escape")
        if path.is_relative_to(place) and len(place) >= longest:
            longest, kind = len(place), fields[2]
    return kind
