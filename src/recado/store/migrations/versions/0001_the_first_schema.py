"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
REWRITES_DATA = False

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNUSUAL = sa.text(
    "status <> 'pending' AND status <> 'running' AND status <> 'completed'"
)


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_table(
        "audit",
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("source_ip", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "bulks",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("last_id", KEY, nullable=False),
        sa.Column("max_id", KEY, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulks")),
    )
    op.create_table(
        "circuits",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("destination", name=op.f("pk_circuits")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("trigger_id", KEY, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "hour", "trigger_id", name=op.f("pk_counters")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_table(
        "execution_attempts",
        sa.Column("execution_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_category", sa.String(length=16), nullable=True),
        sa.Column("output", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "execution_id", "number", name=op.f("pk_execution_attempts")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "triggers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("event_filter", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=True),
        sa.Column("action_type", sa.String(length=16), nullable=False),
        sa.Column("action_payload", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("hook_token", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_triggers")),
    )
    op.create_table(
        "rejections",
        sa.Column("id", KEY, nullable=False),
        sa.Column("trigger_id", KEY, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source_ip", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name=op.f("fk_rejections_trigger_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejections")),
    )
    with op.batch_alter_table("rejections", schema=None) as batch_op:
        batch_op.create_index(
            "ix_rejections_trigger", ["trigger_id", "id"], unique=False
        )

    op.create_table(
        "trigger_executions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("trigger_id", KEY, nullable=False),
        sa.Column("root_id", KEY, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("dedupe_until", sa.BigInteger(), nullable=True),
        sa.Column("released_key", sa.Text(), nullable=True),
        sa.Column("ordering_key", sa.Text(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("held_for", sa.Text(), nullable=True),
        sa.Column("held_since", sa.BigInteger(), nullable=True),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.Column("lease_worker", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("result_summary", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_category", sa.String(length=16), nullable=True),
        sa.Column("error_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("may_have_acted", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("last_replay_at", sa.BigInteger(), nullable=True),
        sa.Column("replay_of", KEY, nullable=True),
        sa.Column("replayed_by", KEY, nullable=True),
        sa.CheckConstraint(
            "(status = 'running') = (lease_worker IS NOT NULL)",
            name=op.f("ck_trigger_executions_running_has_lease"),
        ),
        sa.CheckConstraint(
            "(status = 'pending' OR status = 'running' OR status = 'retrying' OR status = 'held') = (completed_at IS NULL)",
            name=op.f("ck_trigger_executions_finished_has_time"),
        ),
        sa.CheckConstraint(
            "status = 'pending' OR status = 'running' OR status = 'retrying' OR status = 'held' OR status = 'completed' OR status = 'failed' OR status = 'failed_retryable' OR status = 'replayed' OR status = 'discarded'",
            name=op.f("ck_trigger_executions_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["trigger_id"],
            ["triggers.id"],
            name=op.f("fk_trigger_executions_trigger_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trigger_executions")),
    )
    with op.batch_alter_table("trigger_executions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_executions_category",
            ["error_category", "status", "id"],
            unique=False,
            sqlite_where=sa.text("error_category IS NOT NULL"),
            postgresql_where=sa.text("error_category IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_executions_dead",
            ["error_fingerprint", "trigger_id", "id", "may_have_acted", "status"],
            unique=False,
            sqlite_where=sa.text("status IN ('failed', 'failed_retryable')"),
            postgresql_where=sa.text("status IN ('failed', 'failed_retryable')"),
        )
        batch_op.create_index(
            "ix_executions_due",
            ["due_at", "id", "trigger_id"],
            unique=False,
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_executions_fingerprint",
            ["error_fingerprint", "status", "id"],
            unique=False,
            sqlite_where=sa.text("error_fingerprint IS NOT NULL"),
            postgresql_where=sa.text("error_fingerprint IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_executions_held",
            ["held_for", "trigger_id"],
            unique=False,
            sqlite_where=sa.text("status = 'held'"),
            postgresql_where=sa.text("status = 'held'"),
        )
        batch_op.create_index(
            "ix_executions_lease",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("status = 'running'"),
            postgresql_where=sa.text("status = 'running'"),
        )
        batch_op.create_index(
            "ix_executions_order",
            ["trigger_id", "ordering_key", "id"],
            unique=False,
            sqlite_where=sa.text("ordering_key IS NOT NULL AND completed_at IS NULL"),
            postgresql_where=sa.text(
                "ordering_key IS NOT NULL AND completed_at IS NULL"
            ),
        )
        batch_op.create_index(
            "ix_executions_replay_of",
            ["replay_of"],
            unique=False,
            sqlite_where=sa.text("replay_of IS NOT NULL"),
            postgresql_where=sa.text("replay_of IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_executions_status",
            ["status", "id", "trigger_id"],
            unique=False,
            sqlite_where=UNUSUAL,
            postgresql_where=UNUSUAL,
        )
        batch_op.create_index(
            "ix_executions_trigger", ["trigger_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_executions_unfinished",
            ["id"],
            unique=False,
            sqlite_where=sa.text("completed_at IS NULL"),
            postgresql_where=sa.text("completed_at IS NULL"),
        )
        batch_op.create_index(
            "uq_trigger_idem",
            ["trigger_id", "idempotency_key"],
            unique=True,
            sqlite_where=sa.text("idempotency_key IS NOT NULL AND replay_of IS NULL"),
            postgresql_where=sa.text(
                "idempotency_key IS NOT NULL AND replay_of IS NULL"
            ),
        )

    op.create_table(
        "trigger_secrets",
        sa.Column("id", KEY, nullable=False),
        sa.Column("trigger_id", KEY, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name=op.f("fk_trigger_secrets_trigger_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trigger_secrets")),
    )
    with op.batch_alter_table("trigger_secrets", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_trigger_secrets_trigger_id"), ["trigger_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("trigger_secrets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trigger_secrets_trigger_id"))

    op.drop_table("trigger_secrets")
    with op.batch_alter_table("trigger_executions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_trigger_idem",
            sqlite_where=sa.text("idempotency_key IS NOT NULL AND replay_of IS NULL"),
            postgresql_where=sa.text(
                "idempotency_key IS NOT NULL AND replay_of IS NULL"
            ),
        )
        batch_op.drop_index(
            "ix_executions_unfinished",
            sqlite_where=sa.text("completed_at IS NULL"),
            postgresql_where=sa.text("completed_at IS NULL"),
        )
        batch_op.drop_index("ix_executions_trigger")
        batch_op.drop_index(
            "ix_executions_status",
            sqlite_where=UNUSUAL,
            postgresql_where=UNUSUAL,
        )
        batch_op.drop_index(
            "ix_executions_replay_of",
            sqlite_where=sa.text("replay_of IS NOT NULL"),
            postgresql_where=sa.text("replay_of IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_executions_order",
            sqlite_where=sa.text("ordering_key IS NOT NULL AND completed_at IS NULL"),
            postgresql_where=sa.text(
                "ordering_key IS NOT NULL AND completed_at IS NULL"
            ),
        )
        batch_op.drop_index(
            "ix_executions_lease",
            sqlite_where=sa.text("status = 'running'"),
            postgresql_where=sa.text("status = 'running'"),
        )
        batch_op.drop_index(
            "ix_executions_held",
            sqlite_where=sa.text("status = 'held'"),
            postgresql_where=sa.text("status = 'held'"),
        )
        batch_op.drop_index(
            "ix_executions_fingerprint",
            sqlite_where=sa.text("error_fingerprint IS NOT NULL"),
            postgresql_where=sa.text("error_fingerprint IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_executions_due",
            sqlite_where=sa.text("due_at IS NOT NULL"),
            postgresql_where=sa.text("due_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_executions_dead",
            sqlite_where=sa.text("status IN ('failed', 'failed_retryable')"),
            postgresql_where=sa.text("status IN ('failed', 'failed_retryable')"),
        )
        batch_op.drop_index(
            "ix_executions_category",
            sqlite_where=sa.text("error_category IS NOT NULL"),
            postgresql_where=sa.text("error_category IS NOT NULL"),
        )

    op.drop_table("trigger_executions")
    with op.batch_alter_table("rejections", schema=None) as batch_op:
        batch_op.drop_index("ix_rejections_trigger")

    op.drop_table("rejections")
    op.drop_table("triggers")
    op.drop_table("execution_attempts")
    op.drop_table("events")
    op.drop_table("counters")
    op.drop_table("circuits")
    op.drop_table("bulks")
    op.drop_table("audit")
    op.drop_table("api_keys")
