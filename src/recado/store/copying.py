"""Copies one database into another: every row, in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, Row, Table, column, func, select

from recado.errors import StoreError
from recado.store import audit
from recado.store.audit import Actor
from recado.store.cipher import Cipher
from recado.store.tables import api_keys, metadata, trigger_executions, triggers
from recado.store.tables import audit as audit_table

AT_ONCE = 5_000
COPIED = "copy_database"
"""The audit entry that a copy ends with."""

Tell = Callable[[str, int, int], None]
"""Takes the table, how many of its rows are copied, and how many there are."""


class End(Protocol):
    """A database that nobody else has, brought up to date, in one transaction."""

    @property
    def conn(self) -> Connection:
        """The connection whose transaction it is."""
        ...

    def clear(self, tables: Sequence[Table]) -> None:
        """Delete all rows of tables, which are in an order of foreign keys."""
        ...

    def make_room(self, first: int, last: int) -> None:
        """Prepare for executions with these ids; called after ``clear``."""
        ...

    def add(self, table: Table, rows: Sequence[Row[Any]]) -> None:
        """Write rows whose values are as the other database gave them."""
        ...

    def complete(self, tables: Sequence[Table]) -> None:
        """Let the next ids be free ones, when all rows are there."""
        ...

    def commit(self) -> None:
        """Make it last."""
        ...


def copy(
    source: End, target: End, *, cipher: Cipher, now: datetime, tell: Tell
) -> dict[str, int]:
    """Make the target hold what the source holds; return the rows of each table.

    A former copy is replaced, as long as nothing was done with it.

    Raises:
        StoreError: The secrets of one of them are another key's; or the target holds
            something that is no copy of this source, or was used since.
    """
    tables = metadata.sorted_tables
    for name, end in (("source", source), ("target", target)):
        _refuse_another_key(name, end.conn, cipher)
    before = _counts(target.conn)
    if any(before.values()):
        _refuse_what_is_not_here(source.conn, target.conn, before)
    target.clear(tables)
    target.make_room(*_ids_of_executions(source.conn))
    rows = {
        table.name: _copy_table(source, target, table, tell=tell) for table in tables
    }
    target.complete(tables)
    audit.note(
        target.conn,
        Actor(name="recado db copy"),
        COPIED,
        target="database",
        now=now,
        rows=rows,
    )
    target.commit()
    return rows


def _refuse_another_key(name: str, conn: Connection, cipher: Cipher) -> None:
    newest = select(triggers.c.hook_token).order_by(triggers.c.id.desc()).limit(1)
    encrypted = conn.execute(newest).scalar()
    if encrypted is None:
        return
    try:
        cipher.decrypt(encrypted)
    except StoreError as error:
        raise StoreError(
            f"the {name} was written with another RECADO_SECRET_KEY; a copy keeps the "
            "key, so give the one that belongs to the source"
        ) from error


def _refuse_what_is_not_here(
    source: Connection, target: Connection, counts: dict[str, int]
) -> None:
    """Refuse to replace what was never in the source, as it would be lost."""
    oldest_key = select(api_keys.c.key_hash).order_by(api_keys.c.id).limit(1)
    keys = {conn.execute(oldest_key).scalar() for conn in (source, target)}
    newest = select(audit_table).order_by(audit_table.c.id.desc()).limit(1)
    last = target.execute(newest).one_or_none()
    if last is None or last.action != COPIED or len(keys) > 1:
        raise StoreError(_NOT_EMPTY.format(why="is no copy of this source"))
    as_copied = last.details["rows"]
    if counts != as_copied | {audit_table.name: as_copied[audit_table.name] + 1}:
        raise StoreError(_NOT_EMPTY.format(why="was used after it was copied"))


_NOT_EMPTY = (
    "the target is not empty and {why}; what it holds would be lost. Name an empty "
    "database, or empty this one yourself"
)


def _ids_of_executions(conn: Connection) -> tuple[int, int]:
    ids = trigger_executions.c.id
    first, last = conn.execute(select(func.min(ids), func.max(ids))).one()
    return first or 0, last or 0


def _counts(conn: Connection) -> dict[str, int]:
    return {table.name: _count(conn, table) for table in metadata.sorted_tables}


def _count(conn: Connection, table: Table) -> int:
    return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def _copy_table(source: End, target: End, table: Table, *, tell: Tell) -> int:
    total, done = _count(source.conn, table), 0
    tell(table.name, done, total)
    # by name and not as the table's own columns: their types would read each value
    columns: list[ColumnElement[Any]] = [column(one.name) for one in table.columns]
    query = select(*columns).select_from(table).order_by(*table.primary_key)
    in_batches = {"yield_per": AT_ONCE}
    with source.conn.execute(query, execution_options=in_batches) as found:
        for rows in found.partitions():
            target.add(table, rows)
            done += len(rows)
            tell(table.name, done, total)
    return done
