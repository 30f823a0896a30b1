"""Whether a database has this version's schema already, told without Alembic.

Nearly every start finds that it has, and loading Alembic would be a fifth of it.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def newest() -> str:
    """Return this version's revision: the files of the migrations begin with theirs."""
    names = (path.stem for path in (MIGRATIONS / "versions").glob("*.py"))
    return max(names).partition("_")[0]


def is_current(conn: Connection) -> bool:
    """Tell whether there is nothing to migrate."""
    if not inspect(conn).has_table("alembic_version"):
        return False
    found = conn.execute(text("SELECT version_num FROM alembic_version"))
    return found.scalar() == newest()
