"""Rejected deliveries are kept, so that they can be judged again."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
REWRITES_DATA = False

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", KEY, nullable=False),
        sa.Column("trigger_id", KEY, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("by_hook_token", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["rejections.id"], name=op.f("fk_quarantine_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
    )
    op.create_index(
        "ix_quarantine_trigger",
        "quarantine",
        ["trigger_id", "id", "size", "by_hook_token"],
    )
    op.create_index("ix_quarantine_age", "quarantine", ["received_at"])


def downgrade() -> None:
    op.drop_index("ix_quarantine_age", table_name="quarantine")
    op.drop_index("ix_quarantine_trigger", table_name="quarantine")
    op.drop_table("quarantine")
    op.execute("UPDATE rejections SET quarantined = false WHERE quarantined")
