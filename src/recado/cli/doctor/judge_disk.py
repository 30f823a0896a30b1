"""Findings about the data folder. Pure."""

from recado.cli.doctor.facts import DiskFacts
from recado.cli.doctor.finding import Finding, note, ok, problem, warning

NETWORK_DISKS = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "9p", "vboxsf"),
        *("ceph", "fuse.ceph", "glusterfs", "fuse.glusterfs", "lustre", "beegfs"),
        *("fuse.sshfs", "fuse.s3fs", "drvfs"),
    }
)
"""Kinds on which SQLite's locks or its shared memory cannot be trusted."""

MIB = 1024 * 1024
LITTLE = 200 * MIB
SOME = 1024 * MIB
_OTHERS = 0o077


def judge_disk(facts: DiskFacts) -> list[Finding]:
    """Return what is to be said about the data folder."""
    return [*_folder(facts), *_space(facts), *_kind(facts)]


def _folder(facts: DiskFacts) -> list[Finding]:
    where = str(facts.folder)
    if not facts.writable:
        return [
            problem(
                "disk",
                "folder_not_writable",
                f"{where} cannot be written by this user",
                advice="run the doctor as the user of the server, or give that user "
                f"the folder: chown -R USER {where}",
            )
        ]
    if facts.mode is None:
        return [
            note(
                "disk",
                "folder_missing",
                f"{where} is not there yet",
                advice="it is made by the first `recado serve`; if the server runs "
                "elsewhere, set RECADO_DATA_DIR to its folder",
            )
        ]
    open_ones = [
        path
        for path, mode in (
            (where, facts.mode),
            (f"{where}/secret.key", facts.key_mode),
        )
        if mode is not None and mode & _OTHERS
    ]
    if not open_ones:
        return [ok("disk", "folder", f"{where} is the server's alone")]
    return [
        warning(
            "disk",
            "folder_open",
            f"other users of this machine can get at {' and '.join(open_ones)}",
            advice=f"chmod go= {' '.join(open_ones)}",
        )
    ]


def _space(facts: DiskFacts) -> list[Finding]:
    said = f"{facts.free // MIB:,} MiB are free where {facts.folder} lies"
    if facts.free >= SOME:
        return [ok("disk", "space", said)]
    make = problem if facts.free < LITTLE else warning
    return [
        make(
            "disk",
            "space_short",
            f"{said}: a full disk takes no events",
            advice="make room, or keep less with RECADO_RETENTION_DAYS and "
            "RECADO_QUARANTINE_MIB",
        )
    ]


def _kind(facts: DiskFacts) -> list[Finding]:
    if not facts.is_sqlite or facts.filesystem not in NETWORK_DISKS:
        return []
    return [
        problem(
            "disk",
            "network_disk",
            f"{facts.folder} lies on a network disk ({facts.filesystem}): SQLite can "
            "lose or break what it keeps there",
            advice="move the data folder to a disk of this machine, or use PostgreSQL "
            "(RECADO_DATABASE_URL)",
        )
    ]
