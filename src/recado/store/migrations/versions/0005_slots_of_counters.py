"""Counters have slots, so that many writers need not wait for each other's rows."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
REWRITES_DATA = False  # of the counters only, which are small

WITHOUT_SLOTS = ["name", "hour", "trigger_id"]
AS_BEFORE = {"sqlite_with_rowid": False}


def upgrade() -> None:
    with op.batch_alter_table("counters", table_kwargs=AS_BEFORE) as batch_op:
        batch_op.add_column(
            sa.Column("slot", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.drop_constraint("pk_counters", type_="primary")
        batch_op.create_primary_key("pk_counters", [*WITHOUT_SLOTS, "slot"])


def downgrade() -> None:
    op.execute(
        "CREATE TEMPORARY TABLE sums AS SELECT name, hour, trigger_id, "
        "sum(value) AS value FROM counters GROUP BY name, hour, trigger_id"
    )
    op.execute("DELETE FROM counters")
    with op.batch_alter_table("counters", table_kwargs=AS_BEFORE) as batch_op:
        batch_op.drop_constraint("pk_counters", type_="primary")
        batch_op.drop_column("slot")
        batch_op.create_primary_key("pk_counters", WITHOUT_SLOTS)
    op.execute(
        "INSERT INTO counters (name, hour, trigger_id, value) "
        "SELECT name, hour, trigger_id, value FROM sums"
    )
    op.execute("DROP TABLE sums")
