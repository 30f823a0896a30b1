"""The schema, once. What is secret is encrypted before it gets here."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from recado.model.status import UNFINISHED, Status
from recado.store.columns import Json, Key, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

triggers = Table(
    "triggers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("type", String(16), nullable=False),
    Column("source", String(32), nullable=False),
    Column("event_filter", Json, nullable=False),
    Column("condition", Text),
    Column("action_type", String(16), nullable=False),
    Column("action_payload", Json, nullable=False),
    Column("agent", Text),
    Column("enabled", Boolean, nullable=False),
    Column("hook_token", Text, nullable=False),
    Column("settings", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deleted_at", Moment),
    Column("old_secret_last_used_at", Moment),
)

trigger_secrets = Table(
    "trigger_secrets",
    metadata,
    Column("id", Key, primary_key=True),
    Column("trigger_id", Key, ForeignKey("triggers.id"), nullable=False, index=True),
    Column("secret", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
)

# Apart from the executions, so that claiming and settling rewrite small rows, and a
# replay shares its event instead of copying it. ``id`` is the root execution's.
events = Table(
    "events",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("received_at", Moment, nullable=False),
    Column("document", LargeBinary, nullable=False),
)


def _is_one_of(statuses: Iterable[Status]) -> str:
    # not IN: for more than two SQLite builds a table, anew for each row that it writes
    return " OR ".join(f"status = '{status}'" for status in statuses)


_UNFINISHED = [status for status in Status if status in UNFINISHED]
# By the time of its end rather than by its status, which a constraint makes the same:
# then a move between two unfinished statuses leaves the indexes on this alone.
UNFINISHED_SQL = "completed_at IS NULL"
# As PostgreSQL's index says it; else its planner might look for an order in it.
UNFINISHED_BY_ID_SQL = f"{UNFINISHED_SQL} AND id > 0"
RUNNING_SQL = "status = 'running'"
# Not on the way of an execution that simply succeeds, which costs no index then.
UNUSUAL_SQL = "status <> 'pending' AND status <> 'running' AND status <> 'completed'"
DEAD_LETTER_SQL = "status IN ('failed', 'failed_retryable')"
HELD_KEY_SQL = "idempotency_key IS NOT NULL AND replay_of IS NULL"

trigger_executions = Table(
    "trigger_executions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("trigger_id", Key, ForeignKey("triggers.id"), nullable=False),
    Column("root_id", Key, nullable=False),
    Column("status", String(16), nullable=False),
    Column("idempotency_key", Text),
    Column("dedupe_until", Moment),
    Column("released_key", Text),
    Column("ordering_key", Text),
    Column("due_at", Moment),
    Column("held_for", Text),
    Column("held_since", Moment),
    Column("attempt_count", Integer, nullable=False),
    Column("failure_count", Integer, nullable=False),
    Column("lease_worker", String(64)),
    Column("lease_until", Moment),
    Column("result_summary", Text),
    Column("error", Text),
    Column("error_category", String(16)),
    Column("error_fingerprint", String(64)),
    Column("may_have_acted", Boolean, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("completed_at", Moment),
    Column("last_replay_at", Moment),
    Column("replay_of", Key),
    Column("replayed_by", Key),
    CheckConstraint(_is_one_of(Status), name="status_known"),
    CheckConstraint(
        f"({_is_one_of(_UNFINISHED)}) = (completed_at IS NULL)",
        name="finished_has_time",
    ),
    CheckConstraint(
        "(status = 'running') = (lease_worker IS NOT NULL)", name="running_has_lease"
    ),
)

_e = trigger_executions.c

IDEMPOTENCY_INDEX = Index(
    "uq_trigger_idem",
    _e.trigger_id,
    _e.idempotency_key,
    unique=True,
    sqlite_where=text(HELD_KEY_SQL),
).ddl_if("sqlite")


def _partial(name: str, where: str, *columns: Column[Any], postgres: str = "") -> Index:
    wheres: dict[str, Any] = {
        "sqlite_where": text(where),
        "postgresql_where": text(postgres or where),
    }
    return Index(name, *columns, **wheres)


_partial("ix_executions_due", "due_at IS NOT NULL", _e.due_at, _e.id, _e.trigger_id)
_partial("ix_executions_lease", RUNNING_SQL, _e.lease_until)
_partial("ix_executions_held", "status = 'held'", _e.held_for, _e.trigger_id)
_partial(
    "ix_executions_order",
    f"ordering_key IS NOT NULL AND {UNFINISHED_SQL}",
    _e.trigger_id,
    _e.ordering_key,
    _e.id,
)
# Holds all that the groups of dead letters ask for, so that they are read from it.
_partial(
    "ix_executions_dead",
    DEAD_LETTER_SQL,
    _e.error_fingerprint,
    _e.trigger_id,
    _e.id,
    _e.may_have_acted,
    _e.status,
)
_partial("ix_executions_replay_of", "replay_of IS NOT NULL", _e.replay_of)
_partial(
    "ix_executions_category",
    "error_category IS NOT NULL",
    _e.error_category,
    _e.status,
    _e.id,
)
_partial(
    "ix_executions_fingerprint",
    "error_fingerprint IS NOT NULL",
    _e.error_fingerprint,
    _e.status,
    _e.id,
)
# What is unfinished is found by its id, whatever it waits for: an index by status
# would be written again at each move. Completed ones need none, most rows are; and a
# time is found by its place among the ids, which grow with it.
_partial(
    *("ix_executions_unfinished", UNFINISHED_SQL, _e.id), postgres=UNFINISHED_BY_ID_SQL
)
_partial("ix_executions_status", UNUSUAL_SQL, _e.status, _e.id, _e.trigger_id)
Index("ix_executions_trigger", _e.trigger_id, _e.id)

execution_attempts = Table(
    "execution_attempts",
    metadata,
    Column("execution_id", Key, nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("error", Text),
    Column("error_category", String(16)),
    Column("output", Text),
    PrimaryKeyConstraint("execution_id", "number"),
    sqlite_with_rowid=False,
)

# ``name`` is ``status:<status>`` (how many executions accepted in that hour have the
# status now), what happened (``idempotent_replays``, ``rejected`` …), or of all time
# (``total:waiting``, ``total:dead_letters``) in the hour 0, of the trigger 0. What it
# counts is the sum over the slots: many writers add to rows of their own.
counters = Table(
    "counters",
    metadata,
    Column("name", String(48), nullable=False),
    Column("hour", Integer, nullable=False),
    Column("trigger_id", Key, nullable=False),
    Column("slot", Integer, nullable=False, server_default="0"),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("name", "hour", "trigger_id", "slot"),
    sqlite_with_rowid=False,
)

rejections = Table(
    "rejections",
    metadata,
    Column("id", Key, primary_key=True),
    Column("trigger_id", Key, ForeignKey("triggers.id"), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source_ip", Text, nullable=False),
    Column("headers", Json, nullable=False),
    Column("size", Integer, nullable=False),
    Column("quarantined", Boolean, nullable=False),
    Index("ix_rejections_trigger", "trigger_id", "id"),
)

# What is kept of a rejected delivery so that it can be judged again; ``id`` is the
# rejection's. ``sealed`` is encrypted, and ``size`` its bytes.
quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Key, ForeignKey("rejections.id"), primary_key=True),
    Column("trigger_id", Key, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("by_hook_token", Boolean, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    # holds all that decides what must go, so that the bytes need not be read for it
    Index("ix_quarantine_trigger", "trigger_id", "id", "size", "by_hook_token"),
    Index("ix_quarantine_age", "received_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("details", Json, nullable=False),
    Column("source_ip", Text, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("key_hash", String(64), nullable=False, unique=True),
    Column("prefix", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

users = Table(
    "users",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_login_at", Moment),
    CheckConstraint("role IN ('viewer', 'operator', 'admin')", name="role"),
)

# A row is a browser that is signed in; ending a session deletes it.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("user_id", Key, ForeignKey("users.id"), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("last_seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("source_ip", Text, nullable=False),
    Column("browser", Text, nullable=False),
)

bulks = Table(
    "bulks",
    metadata,
    Column("id", Key, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("filter", Json, nullable=False),
    Column("state", String(16), nullable=False),
    Column("actor", Text, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("last_id", Key, nullable=False),
    Column("max_id", Key, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
)

circuits = Table(
    "circuits",
    metadata,
    Column("destination", Text, primary_key=True),
    Column("state", Json, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("trigger_id", Key, primary_key=True, autoincrement=False),
    Column("full_at", Moment, nullable=False),
)
