"""When an older secret of a trigger last let a delivery in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
REWRITES_DATA = False


def upgrade() -> None:
    op.add_column(
        "triggers", sa.Column("old_secret_last_used_at", sa.BigInteger(), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("triggers", "old_secret_last_used_at")
