"""A real PostgreSQL for tests: its own server, a template, a database for each test."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

from recado.store.postgres.connect import Address
from recado.store.postgres.open import bring_up

PASSWORD = "canary-of-the-database"
USER = "recado"
TEMPLATE = "migrated"
# for tests whose subject is not the disk
CARELESS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1d",
}
STARTS_WITHIN = 60.0
"""Seconds: after a crash it syncs each of its files, however slow the disk is."""
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)
_ENOUGH = 1_000_000_000  # bytes
_ALWAYS = {
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "log_min_messages": "panic",
    "timezone": "UTC",
}


def programs() -> Path:
    """The folder of the newest server's programs.

    Debian keeps them apart from the path; RECADO_TEST_POSTGRES names another folder.
    """
    if named := os.environ.get("RECADO_TEST_POSTGRES"):
        return Path(named)
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name),
    )
    if debian:
        return debian[-1]
    found = shutil.which("initdb")
    assert found is not None, "PostgreSQL is missing: `make test` installs it"
    return Path(found).resolve().parent


def _as_its_user(folder: Path) -> list[str]:
    """The words that run a program as somebody whom PostgreSQL accepts: not root."""
    dying_with_us = ["setpriv", "--pdeathsig", "QUIT"]
    if os.geteuid() != 0:
        return dying_with_us
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    return [*dying_with_us, *ids]


@dataclass
class Postgres:
    """A server on a socket in its own folder.

    With ``listen_addresses`` in its settings it takes everybody by TCP as well.
    """

    folder: Path
    as_its_user: list[str]
    settings: Mapping[str, str]

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return int(self.settings.get("port", "5432"))

    def url(self, database: str) -> str:
        where = f"host={self.folder}&port={self.port}"
        return f"postgresql://{USER}:{PASSWORD}@/{database}?{where}"

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        words = [str(programs() / "postgres"), "-D", str(self.folder / "data")]
        for name, value in {**_ALWAYS, **self.settings}.items():
            words += ["-c", f"{name}={value}"]
        words += ["-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self.as_its_user, *words], stdout=log, stderr=log, cwd=self.folder
            )
        self.until_ready()

    def until_ready(self) -> None:
        words = [str(programs() / "pg_isready"), "-q", "-h", str(self.folder)]
        words += ["-p", str(self.port)]
        ends = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < ends:
            if subprocess.run(words, check=False).returncode == 0:
                return
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, number: int = signal.SIGQUIT) -> None:
        """Stop it; QUIT is at once, as if the power had failed."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            self._process = None

    def create(self, template: str = "template0") -> str:
        """Make a database and return its name."""
        name = f"t{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def has_session(self, pid: int) -> bool:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            query = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
            return connection.execute(query, (pid,)).fetchone() is not None

    def run(self, sql: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)


@contextmanager
def running_postgres(
    settings: Mapping[str, str], *, in_memory: bool = False
) -> Iterator[Postgres]:
    """A new server, gone at the end; it dies with this process whatever happens.

    ``in_memory`` asks for a place that forgets when the machine, not the server, dies;
    a server that does not sync anyway always gets it.
    """
    is_volatile = in_memory or settings.get("fsync") == "off"
    # not pytest's folder: that one is closed to other users
    folder = Path(
        tempfile.mkdtemp(prefix="recado-pg-", dir=_place(is_volatile=is_volatile))
    )
    try:
        server = Postgres(folder, _as_its_user(folder), settings)
        words = [str(programs() / "initdb"), "-D", str(folder / "data"), "-U", USER]
        words += ["--no-sync", "--no-instructions", "-A", "trust", "-E", "UTF8"]
        words += ["--locale=C"]
        made = subprocess.run(
            [*server.as_its_user, *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
        )
        assert made.returncode == 0, made.stderr
        with (folder / "data/pg_hba.conf").open("a") as trusted:
            trusted.write("host all all all trust\n")
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place(*, is_volatile: bool) -> Path | None:
    """Where the files are quickest, if they may be lost; None for the usual place."""
    if not is_volatile or not os.access(_IN_MEMORY, os.W_OK):
        return None
    return _IN_MEMORY if shutil.disk_usage(_IN_MEMORY).free > _ENOUGH else None


def add_template(server: Postgres) -> None:
    """Make the database with every migration applied, which tests copy."""
    server.run(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    bring_up(Address.of(server.url(TEMPLATE)))
