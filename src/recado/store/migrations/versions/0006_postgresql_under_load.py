"""What PostgreSQL needs under load: cleaning the hot tables often, and one index less.

Nothing changes on SQLite.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
REWRITES_DATA = False

# Each execution is written three times, and counters at each commit. What that leaves
# behind must go within seconds of the next look, in small bites, or the indexes of
# what is due and what runs fill up with it. To the share of the table, which is large
# and mostly at rest, the thresholds of the server would wait for millions of rows.
OFTEN = {
    "trigger_executions": {
        "fillfactor": "85",
        "autovacuum_vacuum_scale_factor": "0",
        "autovacuum_vacuum_threshold": "10000",
        "autovacuum_vacuum_insert_scale_factor": "0",
        "autovacuum_vacuum_insert_threshold": "100000",
        "autovacuum_analyze_scale_factor": "0.02",
        "autovacuum_vacuum_cost_delay": "1",
    },
    "counters": {
        "fillfactor": "50",
        "autovacuum_vacuum_scale_factor": "0",
        "autovacuum_vacuum_threshold": "1000",
        "autovacuum_vacuum_cost_delay": "0",
    },
}
# Written once, and deleted by age: only a mass of rows is worth a look.
SELDOM = {
    "events": {"autovacuum_vacuum_scale_factor": "0.05"},
    "execution_attempts": {"autovacuum_vacuum_scale_factor": "0.05"},
}


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for table, settings in {**OFTEN, **SELDOM}.items():
        chosen = ", ".join(f"{name} = {value}" for name, value in settings.items())
        op.execute(f"ALTER TABLE {table} SET ({chosen})")
    _set_unfinished("completed_at IS NULL AND id > 0")


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for table, settings in {**OFTEN, **SELDOM}.items():
        op.execute(f"ALTER TABLE {table} RESET ({', '.join(settings)})")
    _set_unfinished("completed_at IS NULL")


def _set_unfinished(condition: str) -> None:
    op.execute("DROP INDEX ix_executions_unfinished")
    op.execute(
        f"CREATE INDEX ix_executions_unfinished ON trigger_executions (id) WHERE {condition}"
    )
