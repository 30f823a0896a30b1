"""Executions, payloads and attempts in partitions of their ids, on PostgreSQL.

What blocks duplicates becomes a table of its own, because a unique index on a
partitioned table must hold what it is partitioned by. Nothing changes on SQLite.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
REWRITES_DATA = False

# by the column with an execution's id; what there is becomes the first partition
TABLES = {
    "trigger_executions": "id",
    "events": "id",
    "execution_attempts": "execution_id",
}
STRETCH = 1_000_000
# What 0006 set; a partition does not inherit it.
SETTINGS = {
    "trigger_executions": (
        "fillfactor = 85, autovacuum_vacuum_scale_factor = 0, "
        "autovacuum_vacuum_threshold = 10000, "
        "autovacuum_vacuum_insert_scale_factor = 0, "
        "autovacuum_vacuum_insert_threshold = 100000, "
        "autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1"
    ),
    "events": "autovacuum_vacuum_scale_factor = 0.05",
    "execution_attempts": "autovacuum_vacuum_scale_factor = 0.05",
}


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    _move_keys_out()
    last = _scalar("SELECT last_value FROM trigger_executions_id_seq")
    end = (last // STRETCH + 1) * STRETCH
    for table, column in TABLES.items():
        _split(table, column, end)
    _own_sequence()


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute("ALTER SEQUENCE trigger_executions_id_seq OWNED BY NONE")
    for table in TABLES:
        _join(table)
    _own_sequence()
    op.execute("DROP TABLE idempotency_keys")
    op.execute(
        "CREATE UNIQUE INDEX uq_trigger_idem ON trigger_executions "
        "(trigger_id, idempotency_key) "
        "WHERE idempotency_key IS NOT NULL AND replay_of IS NULL"
    )


def _move_keys_out() -> None:
    op.execute("DROP INDEX uq_trigger_idem")
    op.execute(
        "CREATE TABLE idempotency_keys ("
        "trigger_id bigint NOT NULL, idempotency_key text NOT NULL, "
        "execution_id bigint NOT NULL, "
        "CONSTRAINT uq_trigger_idem PRIMARY KEY (trigger_id, idempotency_key)"
        ") WITH (autovacuum_vacuum_scale_factor = 0.05)"
    )
    op.execute(
        "INSERT INTO idempotency_keys "
        "SELECT trigger_id, idempotency_key, id FROM trigger_executions "
        "WHERE idempotency_key IS NOT NULL AND replay_of IS NULL"
    )


def _own_sequence() -> None:
    op.execute(
        "ALTER SEQUENCE trigger_executions_id_seq OWNED BY trigger_executions.id"
    )


def _split(table: str, column: str, end: int) -> None:
    first = f"{table}_0"
    definitions = _set_aside(table, "0")
    op.execute(
        f"CREATE TABLE {table} (LIKE {first} INCLUDING DEFAULTS INCLUDING CONSTRAINTS "
        f"INCLUDING STORAGE) PARTITION BY RANGE ({column})"
    )
    _complete(table, definitions)
    op.execute(
        f"ALTER TABLE {table} ATTACH PARTITION {first} "
        f"FOR VALUES FROM (MINVALUE) TO ({end})"
    )
    op.execute(
        f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT "
        f"WITH ({SETTINGS[table]})"
    )


def _join(table: str) -> None:
    definitions = _set_aside(table, "split")
    op.execute(
        f"CREATE TABLE {table} (LIKE {table}_split INCLUDING DEFAULTS "
        f"INCLUDING CONSTRAINTS INCLUDING STORAGE) WITH ({SETTINGS[table]})"
    )
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_split")  # noqa: S608
    op.execute(f"DROP TABLE {table}_split")
    _complete(table, definitions)


def _set_aside(table: str, suffix: str) -> dict[str, str]:
    """Give the names of a table and its indexes free; returns what made those."""
    definitions = _definitions(table)
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_{suffix}")
    for name in definitions:
        op.execute(f"ALTER INDEX {name} RENAME TO {name}_{suffix}")
    return definitions


def _definitions(table: str) -> dict[str, str]:
    """Return what makes each index of a table, by its name."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT indexname, indexdef FROM pg_indexes "
            "WHERE tablename = :table AND schemaname = current_schema()"
        ),
        {"table": table},
    )
    return {name: definition.replace(" ON ONLY ", " ON ") for name, definition in rows}


def _complete(table: str, definitions: dict[str, str]) -> None:
    """Give a new table its indexes, its primary key and its foreign key."""
    for name, definition in definitions.items():
        if name == f"pk_{table}":
            columns = definition[definition.rindex("(") :]
            op.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} PRIMARY KEY {columns}"
            )
        else:
            op.execute(definition)
    if table == "trigger_executions":
        op.execute(
            "ALTER TABLE trigger_executions "
            "ADD CONSTRAINT fk_trigger_executions_trigger_id "
            "FOREIGN KEY (trigger_id) REFERENCES triggers (id)"
        )


def _scalar(sql: str) -> int:
    return int(op.get_bind().execute(sa.text(sql)).scalar_one())
